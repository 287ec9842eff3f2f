"""The words of what the guard would have said of a campaign's past, in the report."""

from huoshui.base.errors import Text

GUARD_TEXTS: dict[str, Text] = {
    "sub.guard": Text("若当时启用护栏", "Had the guard been on"),
    "guard.lead": Text(
        "按天重放: 每天只看当天早上窗口期已走完的人, 证据够了就建议少发或停发。少发之后别的会怎样没人知道, 所以钱数是估算。",
        "Played again day by day: each morning sees only users whose window has passed, and with enough evidence it proposes "
        "to give less or to pause. What giving less would have changed nobody knows, so amounts are estimates.",
    ),
    "guard.lowered": Text(
        "{lowered} 就会建议降到 {share}{because}; 现在: {rung}。这期间会少发 {amount} (估算)。",
        "It would have proposed on {lowered} to lower to {share}{because}; now: {rung}. Of what was given since, {amount} "
        "would have been kept (estimate).",
    ),
    "guard.paused": Text(
        "{lowered} 就会建议降到 {share}{because}, {paused} 建议暂停。这期间会少发 {amount} (估算)。",
        "It would have proposed on {lowered} to lower to {share}{because}, and on {paused} to pause. Of what was given "
        "since, {amount} would have been kept (estimate).",
    ),
    "guard.too_late": Text(
        "证据在 {day} 才够, 那时已经发完了{because}: 省不下钱, 但别照样再办。",
        "The evidence was enough on {day}, when all had been given{because}: nothing to keep, but not to be repeated as it "
        "was.",
    ),
    "guard.quiet": Text(
        "到今天不会建议降: 证据值 {evidence}, 到 {alarm} 才降。没有建议不等于划算。",
        "So far it would not have lowered: evidence {evidence}, and {alarm} lowers. No proposal does not mean that it pays.",
    ),
    "guard.quiet_many": Text(
        "{names}: 到今天不会建议降, 证据值最高 {most}, 到 {alarm} 才降 (和对照组比, 到期 {judged} 人)。没有建议不等于划算。",
        "{names}: so far it would not have lowered any; the highest evidence is {most}, and {alarm} lowers (against control, "
        "{judged} users matured). No proposal does not mean that it pays.",
    ),
    "guard.young": Text(
        "还没有人走完窗口期 (等着 {waiting} 人), 护栏还说不了话。",
        "Nobody has passed their window ({waiting} are waiting), so the guard has nothing to say yet.",
    ),
    "guard.broken": Text(
        "各组人数和抽签的概率对不上, 护栏的话不算数; 先查名单怎么生成、有没有人丢了。",
        "The arms do not fit the logged chances, so the guard's word does not count; find out how the list was made and who "
        "is missing.",
    ),
    "guard.rests_incremental": Text(
        "(和对照组比, 到期 {judged} 人)", "(Against control, {judged} users matured.)"
    ),
    "guard.rests_attributed": Text(
        "(按归因算, 到期 {judged} 人, 每 1 {unit}带来 {value}: 分不出本来就会买的)",
        "(Attributed, {judged} users matured, {value} per {unit}1: who would have bought anyway is in it.)",
    ),
    "guard.because_drift": Text("(以前够, 最近到期的几天不够了)", " (it used to pay; the days that matured lately do not)"),
    "guard.because_evidence": Text("(证据值过了 {alarm})", " (the evidence passed {alarm})"),
    "guard.nobody": Text(
        "“{names}”没有随机分过组: 该不该停, 现在没人能知道。",
        "Nobody was drawn by chance for “{names}”: whether to stop, nobody can know yet.",
    ),
    "guard.names_more": Text("{names} 等 {count} 个活动", "{names} and others, {count} in all"),
    "guard.finding": Text(
        "若当时启用护栏, {day} 就会建议少发或停发; 那以后会少发 {amount} (估算)。",
        "Had the guard been on, it would have proposed on {day} to give less or to pause; {amount} would have been kept since "
        "(estimate).",
    ),
    "guard.line": Text(
        "若当时启用护栏: {day} 起陆续建议降或停 {count} 个活动, 会少发 {amount} (估算)。",
        "Had the guard been on: from {day} on it would have proposed to lower or pause {count} campaigns and kept {amount} "
        "(estimate).",
    ),
    "guard.next": Text(
        "随机分过组, 同一批文件还能接着答: 谁因为余额才行动 (huoshui learn 文件夹), 两组比起来该不该继续 (huoshui evaluate 文件夹), "
        "下个月给谁、给多少 (huoshui plan 文件夹 --period 月份 --budget 预算)。",
        "Drawn by chance, the same files answer more: who acts because of balance (huoshui learn DIR), whether to go on by "
        "comparing the groups (huoshui evaluate DIR), who gets how much next month (huoshui plan DIR --period MONTH "
        "--budget AMOUNT).",
    ),
    "table.guard": Text("若当时启用护栏", "Had the guard been on"),
    "col.guard_basis": Text("怎么比", "Compared"),
    "col.guard_judged": Text("到期的人", "Matured users"),
    "col.guard_waiting": Text("还没到期", "Not matured"),
    "col.guard_return": Text("每 1 {unit}带来", "Brought per {unit}1"),
    "col.guard_evidence": Text("证据值", "Evidence"),
    "col.guard_rung": Text("现在", "Now"),
    "col.guard_lowered": Text("建议降", "Lower proposed"),
    "col.guard_paused": Text("建议停", "Pause proposed"),
    "col.guard_withheld": Text("会少发 (估算)", "Kept (estimate)"),
    "guard_split.agrees": Text("和对照组比", "against control"),
    "guard_split.broken": Text("分组对不上, 不算数", "the split is broken"),
    "guard_split.untold": Text("按归因 (没记概率)", "attributed (no chances logged)"),
    "guard_split.varying": Text("按归因 (概率因人而异)", "attributed (chances differ)"),
    "guard_split.no_control": Text("按归因 (没有对照)", "attributed (no control)"),
}  # fmt: skip
