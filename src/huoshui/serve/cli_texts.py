"""Every word that the command line says, in Chinese and English.

HELP is keyed by command (`diagnose`) and by command and parameter (`diagnose.out`); a parameter that means
the same everywhere stands once, under `*.memory`. Tests hold that nothing in the commands is without its words.
"""

from dataclasses import dataclass

from huoshui.base.errors import Text

TAGLINE = Text(
    "活水: 看清激励余额花到哪儿去了, 换回了什么。",
    "Huoshui: where the incentive balance goes, and what it brings back.",
)

HELP: dict[str, Text] = {
    "start": Text(
        "第一次用从这里开始: 看文件, 问几个问题, 出报告。",
        "Begin here: reads your files, asks a few questions, writes the report.",
    ),
    "diagnose": Text("出报告, 不提问。", "The report, without questions."),
    "import": Text(
        "只看文件不出报告: 读得出什么, 哪些行要改, 列怎么对应。",
        "Looks at the files alone: what can be read, which rows need correcting, which column is what.",
    ),
    "plan": Text(
        "下个月的余额给谁、给多少: 写成名单和一页说明。",
        "Who gets how much of next month's balance: a list, and a page that says why.",
    ),
    "pace": Text(
        "一个月的余额按小时怎么花: 今天的价、能撑几天、大促留多少、假如不一样会怎样。",
        "A month's pot by the hour: today's price, how long it lasts, what peaks need, and what if it goes otherwise.",
    ),
    "what-if": Text(
        "预算、边线或规则换一换, 计划会怎样; 不用重读文件。",
        "What the plan would be with another budget, edge or rules; reads no file again.",
    ),
    "learn": Text(
        "从随机分过组的活动里学: 谁因为余额才行动, 看不出就直说。",
        "Learns from randomised campaigns who acts because of balance, and says so where it cannot be told.",
    ),
    "evaluate": Text(
        "每个活动带来了什么、该不该继续; 若早点启用护栏, 哪天会建议停。",
        "What each campaign brought, whether it should go on, and when the guard would have stopped it.",
    ),
    "template": Text("拿一套带说明的空表, 照着填。", "Empty tables with notes, to fill in."),
    "simulate": Text("造一份模拟数据, 试用和测试。", "Simulated data, for trying and testing."),
    "demo": Text(
        "演示: 用模拟平台 (或公开的真实数据) 出一份报告。",
        "A report on a simulated platform, or on public data.",
    ),
    "doctor": Text(
        "检查这台电脑能不能跑, 缺什么。", "Checks whether this machine can run it, and what is missing."
    ),
    "receipt": Text(
        "一笔账的凭证: 一个文件, 对方不用联网、不用相信您, 就能验真。",
        "The receipt of one record: a file that a partner can check offline, without trusting you.",
    ),
    "head": Text(
        "审计日志的签名头和公钥, 交给对账方留着; 也在这里换钥匙、收见证。",
        "The audit log's signed head and public key, for partners to keep; also new keys and witnesses' lines.",
    ),
    "verify": Text(
        "把整本审计日志重算一遍: 改过、删过、插过、换过次序, 都查得出。",
        "Recomputes the whole audit log: any row edited, deleted, inserted or moved is found.",
    ),
    "close": Text(
        "关账: 一个月的账从期初滚到期末, 对平、签字、封存; 出一页和一份表格。",
        "Closes a month: opening to closing, checked, signed and sealed; one page and a workbook.",
    ),
    "ledger": Text(
        "export: 账本导出成 beancount 文件, 让外面的程序验算。mirror: 店里的余额流水照着记一遍账, 对不上的列出来。",
        "export: the books as a beancount file, for others to add up. mirror: books a shop's balance entries, lists what differs.",
    ),
    "backup": Text(
        "把整个账本数据库备份成一个文件; 记账不用停。",
        "The whole database of the books into one file; booking goes on meanwhile.",
    ),
    "restore": Text(
        "从备份文件恢复, 只恢复到空的数据库; 换 PostgreSQL 版本也走这条路。",
        "Fills an empty database from a backup; also the way to another version of PostgreSQL.",
    ),
    # --- what the parameters mean --------------------------------------------------------------------
    "*.folder": Text("放着导出文件的文件夹", "the folder with the shop's files"),
    "*.lang": Text("用中文 zh 还是英文 en", "speak Chinese (zh) or English (en)"),
    "*.json": Text("只输出一个 JSON, 给程序读", "print one JSON object and nothing else, for programs"),
    "*.memory": Text(
        "最多用多少内存, 如 800MB; 不写就取 1GB 与空闲内存一半中小的",
        "how much memory to use at most, as 800MB; else the smaller of 1GB and half of what is free",
    ),
    "*.threads": Text("最多用几个处理器核", "how many processor cores to use at most"),
    "start.out": Text(
        "报告放哪儿; 不写就放在数据文件夹里的 huoshui-report",
        "where the report goes; else DIR/huoshui-report",
    ),
    "diagnose.out": Text(
        "报告放哪儿; 不写就放在数据文件夹里的 huoshui-report",
        "where the report goes; else DIR/huoshui-report",
    ),
    "close.period": Text("哪个月, 如 2026-08", "the month, as 2026-08"),
    "close.sign": Text(
        "签字人的姓名; 不写就是草稿, 什么都不记", "who signs; without it a draft, and nothing is written down"
    ),
    "close.reason": Text("有对不上的地方还要签字的理由", "why it is signed though something is off"),
    "close.shop": Text(
        "店里导出文件的文件夹, 拿充值单来对", "the folder with the shop's files, whose top-ups are compared"
    ),
    "close.bill": Text(
        "支付通道的账单文件, 可以写几个", "a payment channel's bill; may be given several times"
    ),
    "close.check": Text(
        "已签字的月份: 重算一遍, 看账本还是不是签字时的样子",
        "of a signed month: folds the books again, and says whether they still give what was signed",
    ),
    "close.out": Text(
        "页面和表格放哪儿; 不写就放在 huoshui-close-年-月",
        "where page and workbook go; else huoshui-close-YYYY-MM",
    ),
    "ledger.action": Text(
        "做什么: export 导出, mirror 照着店里记", "what to do: export, or mirror a shop's entries"
    ),
    "ledger.folder": Text("mirror: 放着店里导出文件的文件夹", "mirror: the folder with the shop's files"),
    "ledger.beancount": Text("export: 写到哪个文件", "export: the file to write"),
    "ledger.out": Text(
        "mirror: 差异放哪儿; 不写就放在数据文件夹里的 huoshui-mirror",
        "mirror: where the differences go; else DIR/huoshui-mirror",
    ),
    "ledger.period": Text(
        "export: 只要已签字的这个月; 不写就是全部", "export: a signed month alone; else everything"
    ),
    "start.yes": Text("不提问, 用已有的回答", "ask nothing, take the answers that are there"),
    "plan.out": Text(
        "计划放哪儿; 不写就放在数据文件夹里的 huoshui-plan",
        "where the plan goes; else DIR/huoshui-plan",
    ),
    "plan.period": Text("计划哪个月, 如 2026-12", "the month to plan, as 2026-12"),
    "plan.budget": Text("余额池一共多少元, 如 200000 或 20万", "the pot in yuan, as 200000 or 20wan"),
    "plan.edge": Text(
        "边线: 最后 1 元至少带回几元, 带不回的留着不发",
        "the edge: what the last yuan must bring back; what would bring less is kept",
    ),
    "plan.rows": Text(
        "规则文件 rows.toml (活动预算、分群上下限、每人上限等)",
        "your rules: rows.toml (budgets of campaigns, minimums, caps)",
    ),
    "plan.rows_example": Text(
        "打印一份带说明的规则文件, 存成 rows.toml 再改",
        "print a rules file with notes, to be saved as rows.toml and edited",
    ),
    "plan.previous": Text(
        "上一份计划的 plan.csv, 用来少改动", "the plan.csv of an earlier plan, to keep changes few"
    ),
    "plan.test": Text(
        "给这个活动抽一份小测试的名单 (写活动ID)",
        "also draw the list of a small test of this campaign (its id)",
    ),
    "plan.no_learned": Text(
        "不用学到的个人差别, 每个人按本群的平均和自己每单的价值算",
        "leave out what was learned of single users: everybody counts with their segment and the worth of their orders",
    ),
    "plan.seed": Text(
        "抽签的种子: 同一个数抽出同样的人; 换了它, 长期留出的人也换",
        "the seed of what is drawn by chance: the same number, the same users; another one changes the holdout, too",
    ),
    "pace.out": Text(
        "说明放哪儿; 不写就放在数据文件夹里的 huoshui-pace", "where the page goes; else DIR/huoshui-pace"
    ),
    "pace.period": Text("哪个月, 如 2026-12", "the month, as 2026-12"),
    "pace.budget": Text("余额池一共多少元, 如 200000 或 20万", "the pot in yuan, as 200000 or 20wan"),
    "pace.edge": Text(
        "边线: 最后 1 元至少带回几元, 带不回的留着不发",
        "the edge: what the last yuan must bring back; what would bring less is kept",
    ),
    "pace.rows": Text(
        "规则文件 rows.toml (活动预算、分群上下限、每人上限等)",
        "your rules: rows.toml (budgets of campaigns, minimums, caps)",
    ),
    "pace.calendar": Text(
        "大促日历 calendar.toml; 不写就用数据文件夹里的那份",
        "your peaks: calendar.toml; else the one in the folder",
    ),
    "pace.calendar_example": Text(
        "打印一份带说明的日历, 存成 calendar.toml 再改",
        "print a calendar with notes, to be saved as calendar.toml and edited",
    ),
    "pace.what_if": Text(
        "假如: traffic=+25%、peaks=half、value=-30%、redemption=+20%、budget=300000; 可以写多个",
        "what if: traffic=+25%, peaks=half, value=-30%, redemption=+20%, budget=300000; may be repeated",
    ),
    "what-if.folder": Text(
        "做过计划的数据文件夹, 或计划所在的文件夹", "the folder that was planned on, or that holds the plan"
    ),
    "what-if.budget": Text("换成多少元, 如 25万", "another pot in yuan, as 250000"),
    "what-if.edge": Text("换成哪条边线", "another edge"),
    "what-if.rows": Text("换成哪份规则文件", "other rules"),
    "evaluate.out": Text(
        "说明和表放哪儿; 不写就放在数据文件夹里的 huoshui-evaluate",
        "where page and tables go; else DIR/huoshui-evaluate",
    ),
    "evaluate.plan": Text(
        "做过的一份计划所在的文件夹: 拿它和实际的发法比",
        "the folder of a plan, to be compared with how it was given",
    ),
    "learn.out": Text(
        "说明、模型和卡片放哪儿; 不写就放在数据文件夹里的 huoshui-learn",
        "where page, model and card go; else DIR/huoshui-learn",
    ),
    "learn.seed": Text(
        "分份的种子: 同一个数, 同样的文件, 学出同样的结果",
        "the seed by which users are parted: the same number and files, the same result",
    ),
    "import.out": Text(
        "改正用的文件放哪儿; 不写就放在数据文件夹里的 huoshui-report",
        "where the files for corrections go; else DIR/huoshui-report",
    ),
    "import.check": Text("看看会读到什么 (默认)", "what would be read (the default)"),
    "import.guess": Text(
        "猜每一列是什么, 写成 mapping.toml 供您改", "guess each column, into a mapping.toml for you to edit"
    ),
    "template.out": Text("空表放哪儿", "where the tables go"),
    "simulate.out": Text("模拟数据放哪儿", "where the data goes"),
    "simulate.seed": Text(
        "随机种子: 同一个数造出同一份数据", "the seed: the same number makes the same data"
    ),
    "simulate.users": Text("多少个用户", "how many users"),
    "simulate.months": Text("几个月", "how many months"),
    "simulate.shape": Text(
        "canonical 是活水自己的表, acg-faka 是那个店铺系统导出的样子",
        "canonical: tables of ours; acg-faka: as that shop system exports them",
    ),
    "simulate.format": Text("csv 或 parquet", "csv or parquet"),
    "demo.out": Text("演示放哪儿", "where the demo goes"),
    "demo.real": Text(
        "不用模拟数据, 用公开的真实零售数据 (Complete Journey)",
        "public, real retail data (Complete Journey) instead",
    ),
    "demo.seed": Text("模拟平台的随机种子", "the simulated platform's seed"),
    "demo.users": Text("模拟平台有多少用户", "how many users the simulated platform has"),
    "receipt.record": Text("记账时给的编号", "the id that the booking gave"),
    "receipt.out": Text(
        "凭证写到哪个文件; 不写就是这里的 receipt-编号.txt", "where to write it; else receipt-ID.txt here"
    ),
    "head.out": Text("写到哪个文件; 不写就显示", "where to write it; else it is shown"),
    "head.witness": Text(
        "见证人签过的头, 把他们的签名收进来", "a head with witnesses' signatures, to keep those"
    ),
    "head.new_key": Text(
        "换一把签名钥匙; 旧的签名仍然有效", "sign with a new key from now on; old signatures stay valid"
    ),
    "head.after_restore": Text(
        "刚从备份恢复过, 日志比签过的短是应该的",
        "the database was restored from a backup, so the log may be shorter than what was signed",
    ),
    "head.since": Text(
        "再给出证明: 现在的日志是从多少条时接着长的, 中间没改过",
        "also the proof that the log grew from the one of this many records, with nothing changed",
    ),
    "verify.head": Text(
        "以前交出去的签名头, 和它对照; 可以写几次",
        "a signed head kept elsewhere, to compare with; may be given again",
    ),
    "backup.file": Text("备份写到哪个文件; 已有的会被换掉", "where the backup goes; an old one is replaced"),
    "restore.file": Text("备份文件", "the backup"),
    "huoshui.version": Text("版本号", "the version"),
    "*.help": Text("这页说明", "this page"),
}

# --- the help page ----------------------------------------------------------------------------------------
USAGE = Text("用法", "Usage")
COMMANDS = Text("命令", "Commands")
OPTIONS = Text("选项", "Options")
ARGUMENTS = Text("参数", "Arguments")
FOLDER = Text("文件夹", "DIR")
VALUES: dict[str, Text] = {
    "*": Text("值", "VALUE"),
    "out": FOLDER,
    "memory": Text("大小", "SIZE"),
    "threads": Text("个数", "N"),
    "seed": Text("数", "N"),
    "users": Text("个数", "N"),
    "months": Text("个数", "N"),
    "period": Text("年-月", "YYYY-MM"),
    "budget": Text("元", "YUAN"),
    "edge": Text("数", "N"),
    "rows": Text("文件", "FILE"),
    "previous": Text("文件", "FILE"),
    "test": Text("活动", "ID"),
    "record": Text("编号", "ID"),
    "since": Text("条数", "N"),
    "file": Text("文件", "FILE"),
    "receipt.out": Text("文件", "FILE"),
    "head.out": Text("文件", "FILE"),
    "witness": Text("文件", "FILE"),
    "head": Text("文件", "FILE"),
    "action": Text("export|mirror", "export|mirror"),
    "sign": Text("姓名", "NAME"),
    "reason": Text("文字", "TEXT"),
    "shop": FOLDER,
    "bill": Text("文件", "FILE"),
    "beancount": Text("文件", "FILE"),
}
DEFAULT = Text("默认 {value}", "default {value}")
REQUIRED = Text("必填", "required")
MORE_HELP = Text(
    "每个命令后面加 --help 看它的说明; 加 --lang en 换成英文。",
    "Add --help to a command for its own page; add --lang zh for Chinese.",
)
EXIT_CODES = Text("退出码", "Exit codes")
EXIT_CODE_MEANINGS: dict[int, Text] = {
    0: Text("一切正常", "all is well"),
    1: Text("我们的程序出了错", "a fault of ours"),
    2: Text("输入用不了", "the input cannot be used"),
    3: Text("内存、磁盘或其它上限不够", "over a limit: memory, disk or a bound"),
    4: Text("做完了, 但有行要改正", "done, but there are rows to correct"),
    5: Text("账本数据库用不了", "the database cannot be used"),
    6: Text("账核对不上", "the books do not hold"),
    130: Text("被您中断", "interrupted by you"),
}

# --- what goes wrong --------------------------------------------------------------------------------------
FOLDER_NOT_OURS = Text(
    "这里已经有别的文件; 请换一个空文件夹, 免得混在一起",
    "other files are there; name an empty folder, so that nothing gets mixed",
)
NOT_TEXT = Text(
    "名字里有这台电脑认不出的字 (多半是从压缩包里解出来的); 改个名字再试",
    "its name is no text on this computer (unpacked from an archive, probably); rename it and try again",
)
OUT_IS_DATA = Text(
    "报告不能和数据放在同一个文件夹, 不然下次会把报告里的表当成数据; 换一个, 或不写 --out",
    "the report may not lie among the data, or its tables would be read as data next time; choose another, or none",
)
USAGE_ERRORS: dict[str, Text] = {
    "NoSuchOption": Text("没有 {parameter} 这个选项。", "There is no option {parameter}."),
    "MissingParameter": Text("没有写{parameter}。", "{parameter} is missing."),
    "BadParameter": Text("{parameter} 的值不对: {detail}。", "{parameter} does not take this: {detail}."),
    "BadOptionUsage": Text(
        "{parameter} 后面的值不对或没有写。", "{parameter}: its value is missing or does not fit."
    ),
    "TyperException": Text("命令写得不对: {detail}", "The command cannot be understood: {detail}"),
}
ONE_OF = Text("只能是 {choices} 之一", "it must be one of {choices}")
NUMBER_BETWEEN = Text("要一个 {low} 到 {high} 之间的整数", "it takes a whole number from {low} to {high}")
WHOLE_NUMBER = Text("要一个整数", "it takes a whole number")
SEE_HELP = Text("看说明: {command} --help", "See {command} --help")
SIMILAR = Text("是不是 {names}?", "Did you mean {names}?")
OUR_FAULT = Text(
    "这是我们的错, 不是您的文件有问题。细节已存到 {file}, 里面可能含有您的数据, 发给别人前请先看一眼。",
    "This is our fault, not your files'. The details are in {file}. "
    "They may hold some of your data: look before you send it.",
)
INTERRUPTED = Text("已中断, 没有留下写到一半的文件。", "Interrupted; nothing half-written was left.")

# --- progress ---------------------------------------------------------------------------------------------
READING = Text("读 {file}", "reading {file}")
STAGES: dict[str, Text] = {
    "": Text("合并各个文件", "bringing the files together"),
    "orders": Text("算订单", "orders"),
    "people": Text("算用户", "users"),
    "agents": Text("算代理", "agents"),
    "balance": Text("算余额", "balance"),
    "campaigns": Text("算活动", "campaigns"),
    "levels": Text("算等级", "levels"),
    "candidates": Text("列出每个用户", "listing the users"),
    "features": Text("算分组前知道的事", "what was known before each assignment"),
    "learn": Text("学谁反应更多", "learning who answers more"),
    "risk": Text("看关联账号", "linked accounts"),
    "cohorts": Text("算每天的人带来什么", "what each day's users brought"),
    "evaluate": Text("逐个活动评估", "judging campaign by campaign"),
    "curves": Text("算每个面额带来多少", "what each amount brings"),
    "solve": Text("算给谁最划算", "who gets what"),
    "calibrate": Text("核对会不会说得太好", "checking the promise"),
    "beside": Text("和别的发法比", "beside other ways"),
    "writing": Text("写文件", "writing the files"),
}
MAKING_WORLD = Text("造模拟平台", "making the simulated platform")
WRITING_WORLD = Text("写模拟数据", "writing the simulated data")
MAKING_SAMPLE = Text("整理公开数据", "preparing the public data")
WRITING_TEMPLATES = Text("写空表", "writing the tables")

# --- what was found ---------------------------------------------------------------------------------------
FOUND_IN = Text("在 {folder} 里读到:", "Found in {folder}:")
COLUMNS = (
    Text("表", "Table"),
    Text("文件", "File"),
    Text("行数", "Rows"),
    Text("要改正", "To correct"),
)
ALL_ROWS = Text(
    "一共读到 {rows} 行; 要改正 {set_aside} 行, 重复合并 {merged} 行, 丢掉 {dropped} 行。",
    "{rows} rows read; {set_aside} to correct, {merged} merged as duplicates, {dropped} dropped.",
)
CONFLICTS = Text(
    "{count} 个编号在不同文件里内容不一样, 用了较新的那一行。",
    "{count} ids have different content in different rows; the newer row was taken.",
)
GAPS = Text(
    "有 {days} 天一单也没有, 最长的一段是 {first} 到 {last}: 真没有单, 还是漏导了?",
    "{days} days have no order at all, the longest stretch from {first} to {last}: no sales, or not exported?",
)
STUBS = Text(
    "{table}里有 {ids} 个“{column}”在{target}表里找不到, 例如 {example}; 照常计入。",
    "{ids} values of '{column}' in {table} are not in the table {target}, for example {example}; "
    "they count all the same.",
)
FAULTS_HEAD = Text("有 {count} 处要改正:", "{count} places to correct:")
FAULTS_MORE = Text("还有 {count} 处", "and {count} more")
CORRECTIONS_AT = Text("待改正", "To correct")
TABLES_MISSING = Text(
    "没有这些表, 有了能看到更多: {tables}",
    "Not there, and would show more: {tables}",
)
ONE_OF_BOTH = Text("--check 和 --guess 一次只能用一个", "use either --check or --guess")
CHECK_CLEAN = Text(
    "文件没有问题, 可以出报告: {command} diagnose {folder}", "The files are fine: {command} diagnose {folder}"
)
GUESS_FILE = Text(
    "{file} → {table}: {columns} 列, 认出 {clear} 列",
    "{file} → {table}: {clear} of {columns} columns are clear",
)
GUESS_UNUSED = Text("不用", "not used")
GUESS_NO_TABLE = Text("没认出来", "not recognised")
GUESS_QUESTIONS = Text("有 {count} 处拿不准, 请看一眼:", "{count} unclear places, please look:")
GUESS_CLEAR = Text(
    "每一列都认出来了, 不写 mapping.toml 也读得对。",
    "Every column is clear; it reads well without a mapping.toml too.",
)
MAPPING_AT = Text("对应表", "Mapping")
MAPPING_NEXT = Text(
    "把不对的改好, 放在原处; 再运行 {command} import --check {folder}",
    "correct what is wrong and leave it there; then run {command} import --check {folder}",
)
MAPPING_KEPT = Text(
    "已有 mapping.toml, 没有动它; 新的写在 {file}, 要用就改名成 mapping.toml。",
    "There is a mapping.toml; it was left alone. The new one is {file}; rename it to use it.",
)

# --- questions --------------------------------------------------------------------------------------------
ASK_HEAD = Text(
    "还有 {count} 个数文件里没有, 只有您知道。不知道的直接回车跳过, 以后不再问。",
    "{count} numbers are not in the files and only you know them. Press Enter to pass over one; it is not asked again.",
)
PROMPTS: dict[str, Text] = {
    "monthly_incentive_yuan": Text(
        "每月一共发出多少激励余额? 单位元, 例如 30000 或 3万",
        "How much incentive balance do you give away in a month, in yuan? For example 30000",
    ),
    "gross_margin": Text(
        "毛利率是多少? 卖 100 元货扣掉进货成本剩 12 元, 就写 12%",
        "What is your gross margin? If 12 of 100 yuan sold are left after the cost of goods, write 12%",
    ),
    "recharge_bonus_rules": Text(
        "充值送多少? 照后台的写法 充值额-赠送额, 例如 100-8 500-50",
        "What bonus comes with a top-up? As your shop writes it, TOP_UP-BONUS: 100-8 500-50",
    ),
}
BY_CATEGORY = Text(
    "毛利率是多少? 例如 12%; 各类不同就写 游戏=8% 会员=15%, 前面可以再写一个其余的",
    "What is your gross margin? For example 12%; by category: games=8% cards=15%, with one for the rest before",
)
ANSWERS_KEPT = Text("记在 {file}, 随时可以改。", "Kept in {file}; change it whenever you like.")
NOT_ASKED = Text(
    "这里没法提问, 所以没有问: {questions}。想补上, 写进 {file} 就行。",
    "Nobody can be asked here, so these were not: {questions}. To answer, put them into {file}.",
)

# --- data to try things on --------------------------------------------------------------------------------
DEMO_TITLE = Text("模拟平台 (种子 {seed})", "Simulated platform (seed {seed})")
PUBLIC_DATA_TITLE = "Complete Journey 2017"

# --- after a report ---------------------------------------------------------------------------------------
REPORT_AT = Text("报告", "Report")
FILES_BESIDE = Text(
    "旁边还有 summary.txt (十行, 可以发群里)、tables.xlsx (所有表)、figures.json",
    "beside it: summary.txt (ten lines for a chat), tables.xlsx (every table), figures.json",
)
NEXT_STEP = Text("接下来", "Next")
NEXT_OPEN = Text(
    "用浏览器打开报告, 先看第一条要改的。",
    "open the report in a browser; the first thing to mend stands on top.",
)
NEXT_CORRECT = Text(
    "照“待改正”里的原因改好那些行, 再运行一次; 改好的不会算两遍。",
    "mend those rows by the reasons given there and run again; nothing is counted twice.",
)
NEXT_OWN_FOLDER = Text(
    "换成您自己的数据: {command} start 您的文件夹",
    "now with your own files: {command} start YOUR_FOLDER",
)
WRITTEN_TO = Text("写好了", "Written")
BACKUP_KEYS = Text(
    "签名的钥匙不在备份里: {folder} 请另外收好。",
    "The signing key is not in it: keep {folder} apart.",
)
NO_SUCH_FILE = Text("没有这个文件", "there is no such file")
RESTORED = Text("恢复好了: PostgreSQL {version}, {place}", "Restored: PostgreSQL {version}, {place}")
RESTORED_NEXT = Text(
    "{command} head --after-restore, 再 {command} verify",
    "{command} head --after-restore, then {command} verify",
)
NEXT_TEMPLATE = Text(
    "照着填, 至少填订单表; 然后运行 {command} start {folder}",
    "fill them in, the orders at least; then run {command} start {folder}",
)
NEXT_SIMULATED = Text("出报告: {command} diagnose {folder}", "its report: {command} diagnose {folder}")
SIMULATED = Text("模拟数据, 不是真实平台的。", "Simulated data, of no real platform.")

# --- a plan -----------------------------------------------------------------------------------------------
EVALUATE_AT = Text("说明", "Page")
EVALUATE_FILES_BESIDE = Text(
    "旁边还有 evaluate.xlsx (所有表)、evaluation.json (全部数字)",
    "beside it: evaluate.xlsx (tables), evaluation.json (every figure)",
)
NEXT_EVALUATE = Text(
    "打开说明, 先看该停的; 下个月给谁多少: {command} plan {folder} --period 月份 --budget 预算",
    "open the page, those to stop first; for next month: {command} plan {folder} --period MONTH --budget YUAN",
)
LEARN_AT = Text("说明", "Page")
LEARN_FILES_BESIDE = Text(
    "旁边还有 learn.xlsx (所有表)、card.json (模型卡, 全部数字)、model.npz (模型)",
    "beside it: learn.xlsx (tables), card.json (the model card, every figure), model.npz (the model)",
)
NEXT_LEARN = Text(
    "用浏览器打开说明; 做计划时会自动用上: {command} plan {folder} --period 2026-12 --budget 20万",
    "open the page; a plan uses it by itself: {command} plan {folder} --period 2026-12 --budget 200000",
)
PACE_AT = Text("说明", "Page")
PACE_FILES_BESIDE = Text(
    "旁边还有 pace.xlsx (每天的数) 和 pace.json", "beside it: pace.xlsx (every day) and pace.json"
)
NEXT_PACE = Text(
    "大促写进 calendar.toml ({command} pace --calendar-example 给样子); 换个假设: --what-if traffic=+25%",
    "write your peaks into calendar.toml ({command} pace --calendar-example shows how); try --what-if traffic=+25%",
)
PLAN_AT = Text("说明", "Page")
PLAN_LIST_AT = Text("名单", "List")
PLAN_FILES_BESIDE = Text(
    "旁边还有 plan.xlsx (名单和所有表)、plan.json、explored.csv (抽签的结果, 下次一起导入)、record.json (能原样再算一遍)",
    "beside them: plan.xlsx (list and tables), plan.json, explored.csv (what chance decided; import it next time), "
    "record.json (enough to make the same plan again)",
)
NEXT_PLAN = Text(
    "用浏览器打开说明, 先看随机抽的那些人; 换个预算: {command} what-if {folder} --budget 25万",
    "open the page and look at the users drawn at random; another pot: {command} what-if {folder} --budget 250000",
)
NEXT_NO_PLAN = Text(
    "这次谁也没发: 用浏览器打开说明, 看每个活动为什么没排上、要做多大的小测试。",
    "nobody gets anything: open the page to see why each campaign is left out, and what small test would tell.",
)
TEST_AT = Text("小测试", "Small test")
TEST_TOLD = Text(
    "{users} 人随机分组, 按名单发或不发, 过 {days} 天连同这份名单一起导入。",
    "{users} users in random groups: give or leave out by the list; after {days} days import it with the new files.",
)
TEST_NOT_ENOUGH = Text(
    "人数偏少, 只看得出很大的差别。", " With so few users only a large difference will show."
)
EDGE_NUMBER = Text("要一个不小于 0 的数, 如 1.2", "it takes a number of at least 0, as 1.2")
PLANNING_AGAIN = Text("照记录再算两遍", "planning twice from the record")
WHAT_IF_ASKS = Text(
    "要写明换什么: --budget、--edge 或 --rows", "say what to change: --budget, --edge or --rows"
)
WHAT_IF_COLUMNS = (Text("", ""), Text("现在的计划", "As it stands"), Text("换了以后", "Then"))
WHAT_IF_FIGURES = (
    Text("余额池", "Pot"),
    Text("边线", "Edge"),
    Text("预计用掉", "Expected spent"),
    Text("留着不发", "Kept"),
    Text("发给多少人", "Users"),
    Text("预计多赚", "Promise"),
    Text("95% 的范围", "95% range"),
    Text("最后 1 元带回", "The last yuan brings"),
)
WHAT_IF_GAIN = Text(
    "多用 {spent}, 预计多赚 {value}: 每 1 元带回 {each}。",
    "{spent} more is used and brings {value} more: {each} a yuan.",
)
WHAT_IF_GAIN_GROSS = Text(
    "多用 {spent}, 预计多带来成交额 {value} (不是利润): 每 1 元带回 {each}。",
    "{spent} more is used and brings {value} more of turnover, not profit: {each} a yuan.",
)
WHAT_IF_SAME = Text(
    "一点不变: 钱不是卡在这里。",
    "Nothing changes: this is not what the plan is short of.",
)
WHAT_IF_CHANGED = Text("有 {users} 人和原来不一样。", "{users} users get something else than before.")
WHAT_IF_MOVED = Text("拿到的人数: {parts}。", "Users with something: {parts}.")

# --- doctor -----------------------------------------------------------------------------------------------
NOTHING = Text("", "")


@dataclass(frozen=True, slots=True)
class CheckTexts:
    """What one check of `doctor` is called, what it says when all is well, and what to do when not."""

    title: Text
    found: Text = NOTHING
    remedy: Text = NOTHING


DOCTOR_LEVELS: dict[str, Text] = {
    "ok": Text("好", "ok"),
    "hint": Text("提示", "hint"),
    "mend": Text("要处理", "mend"),
}
DOCTOR_PYTHON = CheckTexts(
    Text("Python", "Python"),
    remedy=Text("现在是 {found}, 要 3.11 或更新的。", "this is {found}; 3.11 or later is needed."),
)
DOCTOR_PACKAGES = CheckTexts(
    Text("程序包", "Packages"),
    remedy=Text(
        "缺少或坏了: {names}。在代码目录运行 make run 会自己装好。",
        "missing or broken: {names}. `make run` in the checkout installs them.",
    ),
)
DOCTOR_DISK = CheckTexts(
    Text("磁盘", "Disk"),
    found=Text("{place} 还有 {free} GB", "{free} GB free at {place}"),
    remedy=Text("{found}, 至少要 1 GB。清一清, 或换个地方运行。", "{found}; at least 1 GB is needed."),
)
DOCTOR_MEMORY = CheckTexts(
    Text("内存", "Memory"),
    found=Text(
        "空闲 {free} GB, 会用到 {allowed} MB 以内 (--memory 可改)",
        "{free} GB free; up to {allowed} MB are used (change it with --memory)",
    ),
)
DOCTOR_DATABASE = CheckTexts(Text("账本数据库", "Database"))
DOCTOR_DATABASE_STATES: dict[str, Text] = {
    "none": Text(
        "还没用过; 第一次记账时自动建在 {place} (PostgreSQL {version})",
        "not used yet; the first booking makes it in {place} (PostgreSQL {version})",
    ),
    "stopped": Text(
        "没有在运行, 用到时自动启动 (PostgreSQL {version}, {place})",
        "not running; it starts by itself when needed (PostgreSQL {version}, {place})",
    ),
    "running": Text("正在运行: PostgreSQL {version}, {place}", "running: PostgreSQL {version}, {place}"),
}
DOCTOR_BOOKS = CheckTexts(
    Text("账目核对", "Books"),
    Text("{rules} 条规则全部成立, 一分不差", "all {rules} rules hold, to the fen"),
)
DOCTOR_DATA = CheckTexts(Text("账本装的", "Books hold"))
DOCTOR_DATA_KINDS: dict[str, Text] = {
    "simulated": Text(
        "模拟数据; 真实数据要另用一个数据库 (HUOSHUI_HOME 或 HUOSHUI_DSN)",
        "simulated data; real data goes to a database of its own (HUOSHUI_HOME or HUOSHUI_DSN)",
    ),
    "real": Text("真实数据", "real data"),
}
DOCTOR_CHARTS = CheckTexts(Text("画图", "Charts"))
DOCTOR_SAMPLE = CheckTexts(
    Text("公开数据", "Public data"),
    remedy=Text(
        "没有装; 只有 demo --real 用得到, make run-real 会自己装",
        "not installed; only demo --real needs it, and make run-real installs it",
    ),
)
DOCTOR_TERMINAL = CheckTexts(
    Text("终端", "Terminal"),
    remedy=Text(
        "{found} 显示不了中文。Windows 先运行 chcp 65001, 或加 --lang en",
        "{found} cannot show Chinese. On Windows run chcp 65001 first, or stay with --lang en",
    ),
)
DOCTOR_FONTS = CheckTexts(
    Text("中文字体", "Chinese font"),
    remedy=Text(
        "没找到; 在这台机器上看报告, 中文会变成方块。Debian: apt-get install fonts-noto-cjk",
        "none found; Chinese in a report would show as boxes here. Debian: apt-get install fonts-noto-cjk",
    ),
)
DOCTOR_BROWSER = CheckTexts(
    Text("浏览器", "Browser"),
    remedy=Text(
        "这台机器上没有; 把 report.html 拷到有浏览器的电脑或手机上看",
        "none here; copy report.html to a computer or phone that has one",
    ),
)
DOCTOR_VERDICT_FINE = Text("可以用。试一试: huoshui demo", "Ready. Try: huoshui demo")
DOCTOR_VERDICT_MEND = Text("先处理标了“要处理”的几条。", "First see to the lines marked mend.")

# --- the audit log ----------------------------------------------------------------------------------------
SIMULATED_BOOKS = Text(
    "模拟数据: 这本账里没有真实的人和钱。", "SIMULATED DATA: no person and no money in these books is real."
)
RECEIPT_FOR = Text("编号", "Record")
RECEIPT_PLACE = Text("位置", "Place")
RECEIPT_PLACE_IS = Text("第 {leaf} 条, 日志共 {size} 条", "leaf {leaf} of {size}")
RECEIPT_KEY = Text("公钥", "Key")
RECEIPT_CHECK = Text(
    "对方这样验真 (程序在 tools 里; 公钥要另外给, 别和凭证放在一起):",
    "The partner checks it so (the program is in tools; give the key by another way than the receipt):",
)
NOT_AN_ID = Text("不是编号", "no id")
NOT_SEALED = Text(
    "这笔账已经记下, 但有别的事务还没结束, 暂时封不进日志。过一会儿再取。",
    "The record is booked, but another transaction holds sealing up. Ask again in a while.",
)
LOG_EMPTY = Text("审计日志还是空的: 还没有记过账。", "The audit log is empty: nothing was booked yet.")
HEAD_KEEP = Text(
    "把它和公钥交给对账方留着: 以后谁删掉后面的账, 一对就知道。",
    "Give it and the key to partners to keep: whoever cuts off later records is then found out.",
)
GROWN_FROM = Text(
    "从 {since} 条接着长到现在的证明 (RFC 6962):",
    "The proof that the log grew from the one of {since} records (RFC 6962):",
)
COSIGNED = Text("收下 {count} 行见证。", "{count} lines of witnesses kept.")
KEY_CHANGED = Text(
    "已换钥匙。下面这段由新旧两把钥匙一起签名, 连同新公钥交给对账方:",
    "The key was changed. Both keys have signed what follows; give it to partners with the new key:",
)
VERIFY_COUNTED = Text(
    "{leaves} 条记录, {seals} 个签名头, 和 {witnessed} 个另外保存的头对照过; {unsealed} 条刚写下还没封。",
    "{leaves} records, {seals} signed heads, compared with {witnessed} heads kept elsewhere; {unsealed} not sealed yet.",
)
VERIFY_FINE = Text("全部对得上。", "All of it holds.")
VERIFY_FAULTS = Text("有 {count} 处对不上:", "{count} things do not hold:")
VERIFY_MORE = Text("还有 {count} 处。", "{count} more.")
VERIFY_UNWITNESSED = Text(
    "没有人在别处留着签名头, 所以能查出意外和改动, 查不出有人连钥匙带数据库一起重写。huoshui head 给出的头, 交一份给对账方。",
    "No head was kept elsewhere: accidents and edits show, but not that somebody with the key rewrote everything. "
    "Give partners a copy of what `huoshui head` shows.",
)
LOG_FAULTS: dict[str, Text] = {
    "edited": Text("第 {leaf} 条被改过 ({detail})", "leaf {leaf} was edited ({detail})"),
    "deleted": Text("第 {leaf} 条被删了", "leaf {leaf} was deleted"),
    "inserted": Text(
        "第 {leaf} 条处被插进一条 ({detail})", "a record was slipped in at leaf {leaf} ({detail})"
    ),
    "moved": Text(
        "第 {leaf} 条处的记录换过位置 ({detail})", "the record at leaf {leaf} was moved ({detail})"
    ),
    "tree": Text(
        "从第 {leaf} 条起, 存着的哈希坏了 ({detail})",
        "stored hashes are spoilt from leaf {leaf} on ({detail})",
    ),
    "root": Text(
        "从第 {leaf} 条起, 记录和签过的头对不上 (头在 {detail} 条)",
        "from leaf {leaf} on the records do not lead to the head that was signed (at {detail} leaves)",
    ),
    "signature": Text(
        "{detail} 条处的头, 签名是假的", "the signature of the head at {detail} leaves is false"
    ),
    "key": Text(
        "第 {leaf} 条处的头, 签它的钥匙没人担保 ({detail})",
        "nobody vouches for the key that signed the head at leaf {leaf} ({detail})",
    ),
    "head": Text(
        "日志末尾的记号不对 (写着 {detail} 条)",
        "the mark of the log's end is wrong (it says {detail} leaves)",
    ),
    "cut": Text(
        "第 {leaf} 条以后的记录没了: 签过的头有 {detail} 条",
        "records from leaf {leaf} on are gone: a signed head counts {detail}",
    ),
    "rewritten": Text(
        "前 {detail} 条和签过的头不同: 整本被重写过",
        "the first {detail} leaves differ from a signed head: the log was rewritten",
    ),
    "mark": Text(
        "模拟数据的标记没了 (日志头说过这本账是模拟的, 到 {detail} 条时不说了)",
        "the mark of simulated data is gone (heads said so, and at {detail} leaves no more)",
    ),
    "op_edited": Text(
        "第 {leaf} 条: 账里的那笔被改过 ({detail})", "leaf {leaf}: its op in the books was edited ({detail})"
    ),
    "op_deleted": Text(
        "第 {leaf} 条: 账里没有那笔 ({detail})", "leaf {leaf}: its op is not in the books ({detail})"
    ),
    "op_unlogged": Text("账里有一笔没进日志 ({detail})", "an op of the books is not in the log ({detail})"),
    "act_edited": Text(
        "账里有一次关账或审批被改过 ({detail})", "a close or approval of the books was edited ({detail})"
    ),
    "act_deleted": Text(
        "账里少了一次关账或审批 ({detail})", "a close or approval is gone from the books ({detail})"
    ),
    "act_unlogged": Text(
        "账里有一次关账或审批没进日志 ({detail})",
        "a close or approval of the books is not in the log ({detail})",
    ),
}

# --- the close of a period ---------------------------------------------------------------------------------
CLOSE_CHECKED = Text("{period} 重算一遍, 和签字时一样。", "{period}, folded again, is as it was signed.")
CLOSE_DIFFERS = Text(
    "{period} 重算一遍, 有 {count} 处和签字时不同:",
    "{period}, folded again, differs from what was signed in {count} places:",
)
NAME_EMPTY = Text("要写签字人的姓名", "write the name of who signs")
EXPORT_CHECK = Text(
    "bean-check {file}  (先 pip install beancount)", "bean-check {file}  (after pip install beancount)"
)
EXPORT_NEEDS = Text(
    "写上文件名, 如 --beancount books.beancount", "name the file, as --beancount books.beancount"
)
MIRROR_NEEDS = Text("写上放着店里导出文件的文件夹", "name the folder with the shop's files")
MIRROR_COUNTED = Text(
    "{users} 个用户, {entries} 条流水, 新记 {new} 笔账。",
    "{users} users, {entries} entries, {new} newly booked.",
)
MIRROR_EQUAL = Text("每个用户的余额都和店里一样。", "Every user's balance is the shop's.")
MIRROR_OFF = Text(
    "{users} 个用户的余额和店里不同, {red} 天有说不清的差:",
    "{users} users' balances are not the shop's; {red} days have differences that nothing explains:",
)
MIRROR_CAUSES: dict[str, Text] = {
    "moved_by_hand": Text(
        "余额动了却没有流水, 多半是后台直接改的", "moved without an entry: edited by hand, most likely"
    ),
    "refused": Text("这条流水记不进账", "the entry could not be booked"),
    "opened_below_zero": Text("第一条流水之前余额就是负的", "held less than 0 before the first entry"),
    "unknown": Text("说不清", "unexplained"),
}
MIRROR_COLUMNS = (
    Text("用户", "user"),
    Text("日期", "day"),
    Text("店里比账本多几元", "shop less books, yuan"),
    Text("多半因为", "likely cause"),
    Text("流水", "entry"),
)
