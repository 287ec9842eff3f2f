"""Everything that can be wrong with a cell, a row or a file, as a catalogue: a stable code and its sentence in
zh/en.

A fault names where (file, line, column) and what (value); the sentence says why and how to mend it, in the
words of somebody who has the spreadsheet open. `{value}` and other data are filled in when the fault is said.
"""

# ruff: noqa: E501 -- one sentence a line reads better than wrapped Chinese

from huoshui.base.errors import Text

FAULTS: dict[str, Text] = {
    "missing_value": Text(
        "“{column}”是必填的, 这一格是空的。请补上。",
        "'{column}' is required and this cell is empty. Fill it in.",
    ),
    "bad_money": Text(
        "“{value}”不是金额。请写成 12.50 这样的数字。",
        "'{value}' is not an amount. Write a number such as 12.50.",
    ),
    "ambiguous_comma": Text(
        "“{value}”里的逗号看不出是千分位还是小数点, 没有替您猜。请写成 1230 或 12.30。",
        "The comma in '{value}' may group thousands or mark decimals; it was not guessed. Write 1230 or 12.30.",
    ),
    "foreign_currency": Text(
        "“{value}”带着别的货币符号, 这里只收人民币。请换算后填写。",
        "'{value}' carries another currency; only CNY is read here. Convert it first.",
    ),
    "money_too_large": Text(
        "“{value}”超过了十万亿元, 不可能是一笔金额。",
        "'{value}' is more than ten trillion yuan and cannot be one amount.",
    ),
    "money_too_fine": Text(
        "“{value}”的小数位太多, 单价最多 6 位小数。",
        "'{value}' has too many decimals; a price of one may have six.",
    ),
    "fen_not_whole": Text(
        "这一列的单位是分, “{value}”却带小数。",
        "This column counts fen, yet '{value}' has a fraction.",
    ),
    "ruined_number": Text(
        "“{value}”被表格软件改成了科学计数法, 原来的数字已经丢了。请从后台重新导出, 或把这一列设为文本格式。",
        "'{value}' was turned into scientific notation by a spreadsheet; digits are lost. "
        "Export again, or format the column as text.",
    ),
    "ruined_id": Text(
        "“{value}”超过 15 位, 表格软件把后面的数字改成了 0, 原来的编号已经丢了。请从后台重新导出, 或把这一列设为文本格式。",
        "'{value}' has over 15 digits and a spreadsheet zeroed the rest; the id is lost. "
        "Export again, or format the column as text.",
    ),
    "bad_id": Text(
        "“{value}”里有换行或看不见的字符, 不能当编号用。",
        "'{value}' holds a line break or invisible characters and cannot be an id.",
    ),
    "below_zero": Text(
        "“{column}”不能是负数, 这里是“{value}”。",
        "'{column}' cannot be below zero, but is '{value}'.",
    ),
    "bad_count": Text(
        "“{value}”不是整数。请写成 1、2、3 这样的数字。",
        "'{value}' is not a whole number.",
    ),
    "bad_rate": Text(
        "“{value}”不是比例。请写成 5% 或 0.05。",
        "'{value}' is not a rate. Write 5% or 0.05.",
    ),
    "rate_above_one": Text(
        "“{value}”看不出是百分之几还是几倍, 没有替您猜。请写成 5% 或 0.05。",
        "'{value}' may be a percentage or a multiple; it was not guessed. Write 5% or 0.05.",
    ),
    "bad_time": Text(
        "“{value}”不是时间。请写成 2026-08-03 15:05:00。",
        "'{value}' is not a time. Write 2026-08-03 15:05:00.",
    ),
    "no_such_day": Text(
        "日历上没有“{value}”这个时间。",
        "There is no such time as '{value}'.",
    ),
    "ambiguous_day": Text(
        "“{value}”看不出哪个是月、哪个是日, 没有替您猜。请写成 2026-08-03。",
        "In '{value}' day and month cannot be told apart; it was not guessed. Write 2026-08-03.",
    ),
    "time_out_of_range": Text(
        "“{value}”不在 2000 年到 2099 年之间。",
        "'{value}' is not between 2000 and 2099.",
    ),
    "unknown_choice": Text(
        "不认识“{value}”。可以写: {allowed_zh}。",
        "'{value}' is not known here. Use one of: {allowed_en}.",
    ),
    "bad_flag": Text(
        "“{value}”看不出是“是”还是“否”。",
        "'{value}' is neither yes nor no.",
    ),
    "cell_too_long": Text(
        "这一格有 {length} 个字, 太长了(最多 {most})。很可能是前面少了一个引号。",
        "This cell has {length} characters (at most {most}). A quote is probably missing before it.",
    ),
    "wrong_byte": Text(
        "这一格有 {encoding} 里没有的字节({value}), 文字已经坏了。请用原来的软件另存为 UTF-8。",
        "This cell holds bytes that are not {encoding} ({value}); the text is damaged. Save as UTF-8 from its source.",
    ),
    "row_too_short": Text(
        "这一行只有 {cells} 格, 表头有 {columns} 格, 从“{column}”起都没有。可能少了分隔符, 或者文件没传完。",
        "This row has {cells} cells, the header {columns}; all from '{column}' on are missing. "
        "A delimiter may be lost, or the file is cut.",
    ),
    "row_too_long": Text(
        "这一行有 {cells} 格, 表头只有 {columns} 格, 多出来的是“{value}”。可能是内容里有没加引号的分隔符。",
        "This row has {cells} cells, the header only {columns}; too many: '{value}'. "
        "A delimiter inside a cell may lack quotes.",
    ),
    "unclosed_quote": Text(
        "这一行有一个引号没有配对, 后面的行差点被吞掉。请补上或删掉这个引号。",
        "A quote opened in this row is never closed and would have swallowed the rows after it. Close or remove it.",
    ),
    "missing_column": Text(
        "认出这是“{table}”表, 但表头里没有必填的“{column}”。请加上这一列, 或在 mapping.toml 里写明哪一列是它。",
        "This looks like the table '{table}', but its header lacks the required '{column}'. "
        "Add it, or name its column in mapping.toml.",
    ),
    "no_header": Text(
        "没找到能认出来的表头, 整个文件没有读。请确认第一行是列名, 或运行 huoshui import --guess 写一份 mapping.toml。",
        "No header row was recognised, so the file was not read. Put column names on the first line, or run "
        "`huoshui import --guess` to write a mapping.toml.",
    ),
    "formula_error": Text(
        "这一格是表格软件算错的结果“{value}”。请改成真实的值。",
        "This cell is a spreadsheet error, '{value}'. Put the real value in.",
    ),
}

REASONS: dict[str, Text] = {
    "empty": Text("文件是空的, 一个字节也没有", "it is empty"),
    "folder": Text("这是一个文件夹", "it is a folder"),
    "picture": Text("这是一张图片({kind}), 不是表格", "it is a picture ({kind}), not a table"),
    "document": Text("这是 {kind} 文件, 不是表格。请另存为 CSV 或 xlsx", "it is a {kind} file; save it as CSV or xlsx"),
    "archive": Text("这是压缩包({kind}), 请先解压", "it is an archive ({kind}); unpack it first"),
    "encrypted": Text("工作簿设了打开密码, 请去掉密码再导出", "the workbook has a password; remove it first"),
    "bad_workbook": Text("工作簿坏了或没有传完: {detail}", "the workbook is damaged or cut: {detail}"),
    "bad_gzip": Text("压缩文件坏了或没有传完: {detail}", "the gzip is damaged or cut: {detail}"),
    "bomb": Text(
        "解压后超过 {size_mb} MB, 是压缩前的 {times} 倍以上, 不像正常的表格, 没有展开",
        "it would unpack to over {size_mb} MB, {times} times its size; that is no normal table and was not unpacked",
    ),
    "bad_parquet": Text("Parquet 文件坏了或没有传完: {detail}", "the Parquet file is damaged or cut: {detail}"),
    "binary": Text("里面是二进制数据, 不是文字", "it holds binary data, not text"),
    "html": Text(
        "扩展名是 Excel, 里面是网页, 网页里又没有表格",
        "it is named as a workbook, holds a web page, and the page has no table",
    ),
    "too_many_columns": Text("有 {columns} 列, 不像店铺的表", "it has {columns} columns; no shop's table has"),
    "gone": Text("文件不见了, 或没有权限读取", "it is gone, or may not be read"),
}  # fmt: skip

FAULTS_LISTED_MAX = 200
"""Faults kept as values for the page; every one is counted, and every row is in the corrections."""
