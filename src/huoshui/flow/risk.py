"""Who may be one hand, as of a moment: links and habits from the files, judged by core, told with evidence.

    found = find_risk(prepared, before=first_day)       nothing of that day or later is read
    found.levels_of(user_ids)                           a level a user, for a plan
    found.units_of(user_ids)                            one number a linked group, else a user of its own, for a trial
    found.told()                                        groups with their evidence, for the shop

A suspicion accuses nobody: every sentence says what was seen, and how to have it looked at again.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from huoshui.base.errors import Language, Text
from huoshui.base.money import yuan_text
from huoshui.core.risk import (
    LEVELS,
    LINK_KINDS,
    NEVER_S,
    Level,
    LinkKind,
    Links,
    People,
    Risk,
    Waits,
    assess,
    one_a_group,
)
from huoshui.core.risk.members import members_of
from huoshui.core.risk.signals import busiest_hour
from huoshui.lake.facts.links import events_of, risk_links, risk_people
from huoshui.lake.facts.prepared import Prepared

DAY_S = 86_400
GROUPS_TOLD_MAX = 200
"""Groups told one by one, the highest score first; all of them are counted."""
NEWCOMER_DAYS = 92
"""Who registered within so many days tells how many of those to come are one hand with somebody."""
BUSY_MIN = 3
"""Fewer events within an hour are no pace worth telling."""


@dataclass(frozen=True, slots=True)
class GroupTold:
    """One linked group as the shop sees it. `known_s`: when the links were all there."""

    level: Level
    user_ids: tuple[str, ...]
    marked_ids: tuple[str, ...]
    shared: tuple[tuple[LinkKind, int], ...]
    """Kinds of links, and how many members share each."""
    given_fen: int
    own_fen: int
    score_est: float | None
    known_s: int
    evidence: tuple[Text, ...]
    appeal: Text


@dataclass(frozen=True, slots=True)
class RiskTold:
    """What the shop is told: how many groups and users of each level, fen of rewards given to them, and the groups."""

    groups: tuple[tuple[Level, int], ...]
    users: tuple[tuple[Level, int], ...]
    given_fen: tuple[tuple[Level, int], ...]
    line: Text
    """Where the line lies, and why."""
    left_out: tuple[Text, ...]
    """Values and columns that were not read as links."""
    told: tuple[GroupTold, ...]
    newcomer_units_est: float
    """Of those who registered lately, the share who may have a newcomer's reward: one of a linked group."""


@dataclass(frozen=True, slots=True)
class RiskFound:
    """What core found, for the users of the files: `user_ids` (N,) as Arrow holds texts; `hours` as _busiest."""

    user_ids: Any
    people: People
    links: Links
    risk: Risk
    hours: dict[str, tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]

    def levels_of(self, user_ids: Any) -> npt.NDArray[np.uint8]:
        """A position in LEVELS for each of `user_ids`; of whom the files told nothing before: none."""
        found = pc.index_in(user_ids, value_set=self.user_ids).to_numpy(zero_copy_only=False)
        known = ~np.isnan(found.astype(np.float64))
        levels = np.zeros(len(found), np.uint8)
        levels[known] = self.risk.user_level[found[known].astype(np.int64)]
        return levels

    def units_of(self, user_ids: Any, at_s: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """A number for each of `user_ids`: the same for members of a linked group that was known by `at_s`.

        Others are alone. The number is the place of the unit's first row.
        """
        found = (
            pc.index_in(user_ids, value_set=self.user_ids).to_numpy(zero_copy_only=False).astype(np.float64)
        )
        place = np.where(np.isnan(found), -1, found).astype(np.int64)
        group = np.where(place >= 0, self.risk.groups.group[place], -1)
        known = (group >= 0) & (self.risk.groups.known_s[place] <= at_s)
        code = np.where(
            known, group, self.risk.groups.count + np.where(place >= 0, place, np.arange(len(place)))
        )
        code[place < 0] += self.people.users
        _, first, unit = np.unique(code, return_index=True, return_inverse=True)
        return np.asarray(first[unit], np.int64)

    def told(self) -> RiskTold:
        """The groups in words and figures, those of the highest score first."""
        risk, level = self.risk, self.risk.level
        sizes = risk.groups.sizes()

        def sums(weights: npt.NDArray[np.int64]) -> tuple[tuple[Level, int], ...]:
            return tuple(
                (name, int(weights[level == number].sum()))
                for number, name in enumerate(LEVELS)
                if (level == number).any()
            )

        shown = [int(group) for name in ("high", "watch") for group in risk.groups_of(name)]
        return RiskTold(
            groups=sums(np.ones(len(level), np.int64)),
            users=sums(sizes),
            given_fen=sums(risk.given_fen),
            line=_line(risk),
            left_out=_left_out(risk),
            told=tuple(self._group(group) for group in shown[:GROUPS_TOLD_MAX]),
            newcomer_units_est=self._newcomer_units(),
        )

    def _newcomer_units(self) -> float:
        registered = self.people.registered_s
        lately = (registered != NEVER_S) & (registered >= self.risk.as_of_s - NEWCOMER_DAYS * DAY_S)
        allowed = one_a_group(self.risk.groups.group, lately, ~lately, registered)
        return float(allowed.sum() / lately.sum()) if lately.any() else 1.0

    def _group(self, group: int) -> GroupTold:
        risk = self.risk
        members = np.flatnonzero(risk.groups.group == group)
        kinds = risk.groups.kinds[members]
        shared = tuple(
            (kind, int((kinds >> number & 1).sum()))
            for number, kind in enumerate(LINK_KINDS)
            if (kinds >> number & 1).any()
        )
        ids = self.user_ids.take(pa.array(members)).to_pylist()
        score = float(risk.score[group])
        own = int(self.people.own_fen[members].sum())
        evidence = [
            SHARED.filled(
                users=len(members),
                parts_zh="、".join(SHARED_KIND[kind].zh.format(users=n) for kind, n in shared),
                parts_en=", ".join(SHARED_KIND[kind].en.format(users=n) for kind, n in shared),
            ),
            MONEY.filled(given=yuan_text(int(risk.given_fen[group])), own=yuan_text(own)),
        ]
        for what, (most, _) in self.hours.items():
            if most[group] >= BUSY_MIN:
                evidence.append(BUSY[what].filled(n=int(most[group])))
        marked = self.people.marked[members]
        if marked.any():
            evidence.append(MARKED.filled(n=int(marked.sum())))
        evidence.append(WAIT.filled(hours=Waits().of(LEVELS[int(risk.level[group])])))
        return GroupTold(
            level=LEVELS[int(risk.level[group])],
            user_ids=tuple(ids),
            marked_ids=tuple(user for user, mark in zip(ids, marked.tolist(), strict=True) if mark),
            shared=shared,
            given_fen=int(risk.given_fen[group]),
            own_fen=own,
            score_est=None if np.isnan(score) else score,
            known_s=int(risk.groups.known_s[members].max()),
            evidence=tuple(evidence),
            appeal=APPEAL,
        )


def find_risk(prepared: Prepared, *, before: date, marks: bool = True) -> RiskFound:
    """Risk as of the first instant of `before`.

    `marks`: whether the shop's own marks count. They carry no date, so they are known at the end of the files only.
    """
    moment = datetime.combine(before, time())
    table = risk_people(prepared, moment)
    rows, seen = table.order_by("place").to_pyarrow(), risk_links(prepared, table, moment).to_pyarrow()
    as_of_s, first_s = _seconds(moment), _seconds(datetime.combine(prepared.first_day, time()))
    people = _people(rows, as_of_s, first_s, marks)
    links = Links(
        users=len(rows),
        user=_ints(seen["place"]),
        kind=seen["kind"].to_numpy().astype(np.uint8),
        value=_ints(seen["value"]),
        first_s=_ints(seen["first_s"]),
    )
    risk = assess(links, people, as_of_s=as_of_s)
    hours = _hours(prepared, table, moment, people, risk)
    prepared.lake.drop(table)
    return RiskFound(rows["user_id"].combine_chunks(), people, links, risk, hours)


def _people(rows: pa.Table, as_of_s: int, first_s: int, marks: bool) -> People:
    registered = _ints(rows["registered_s"], NEVER_S)
    since = np.maximum(np.where(registered == NEVER_S, _ints(rows["first_s"]), registered), first_s)
    columns = {
        name: _ints(rows[name])
        for name in People.__dataclass_fields__
        if name not in ("registered_s", "days_seen", "marked")
    }
    marked = rows["marked"].to_numpy(zero_copy_only=False).astype(np.bool_)
    return People(
        registered_s=registered,
        days_seen=np.maximum(1, -((since - as_of_s) // DAY_S)),
        marked=marked if marks else np.zeros(len(rows), np.bool_),
        **columns,
    )


def _hours(
    prepared: Prepared, table: Any, moment: datetime, people: People, risk: Risk
) -> dict[str, tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """The busiest hour of each group, and when it began: registrations, and of those told rewards and orders."""
    members = members_of(risk.groups.group)
    told = np.flatnonzero((risk.groups.group >= 0) & (people.registered_s != NEVER_S))
    hours = {"registered": busiest_hour(members, told, people.registered_s[told])}
    odd = members.user[risk.level[members.group] >= LEVELS.index("watch")]
    events = events_of(prepared, table, odd.tolist(), moment)
    what, user, at = (
        events["what"].to_numpy(zero_copy_only=False),
        _ints(events["place"]),
        _ints(events["at_s"]),
    )
    for name in ("reward", "order"):
        own = what == name
        hours[name] = busiest_hour(members, user[own], at[own])
    return hours


def _line(risk: Risk) -> Text:
    line = risk.threshold
    if line.state == "chosen":
        assert line.false_share_est is not None
        return LINE_CHOSEN.filled(
            groups=line.groups_at_or_above, beside=line.beside, share=f"{line.false_share_est:.0%}"
        )
    return LINE_NONE if line.state == "none_stands_out" else LINE_FEW.filled(beside=line.beside)


def _left_out(risk: Risk) -> tuple[Text, ...]:
    told = [VAGUE.filled(kind_zh=KIND[k].zh, kind_en=KIND[k].en) for k in risk.groups.not_identifying]
    if risk.groups.hubs:
        largest = risk.groups.hubs[0]
        told.append(
            HUBS.filled(
                n=len(risk.groups.hubs),
                kind_zh=KIND[largest.kind].zh,
                kind_en=KIND[largest.kind].en,
                users=largest.users,
            )
        )
    return tuple(told)


def _ints(column: Any, missing: int = 0) -> npt.NDArray[np.int64]:
    return np.asarray(column.fill_null(pa.scalar(missing, column.type)).to_numpy(), np.int64)


def _seconds(moment: datetime) -> int:
    """Local seconds since 1970, as the engine counts them."""
    return int((moment - datetime(1970, 1, 1)).total_seconds())


def suspected_rows(risk: RiskTold, language: Language) -> list[tuple[str, ...]]:
    """One row an account of the groups told, as texts under SUSPECTED_HEADINGS."""
    return [
        (
            str(number),
            LEVEL[group.level].say(language),
            user,
            MARKED_YES.say(language) if user in group.marked_ids else "",
            "; ".join(text.say(language) for text in group.evidence),
            group.appeal.say(language),
        )
        for number, group in enumerate(risk.told, start=1)
        for user in group.user_ids
    ]


# --- words -------------------------------------------------------------------------------------------------

KIND: dict[LinkKind, Text] = {
    "device": Text("设备", "device"),
    "contact": Text("联系方式", "contact"),
    "payment": Text("付款账户", "payer"),
    "address": Text("IP 地址", "address"),
    "recipient": Text("转账对象", "recipient of balance"),
    "upline": Text("上级", "upline"),
    "moment": Text("注册时间", "moment of registration"),
}
SHARED_KIND: dict[LinkKind, Text] = {
    "device": Text("{users} 个共用设备", "{users} share devices"),
    "contact": Text("{users} 个共用联系方式", "{users} share contacts"),
    "payment": Text("{users} 个共用付款账户", "{users} share payers"),
    "address": Text("{users} 个共用 IP 地址", "{users} share addresses"),
    "recipient": Text("{users} 个把余额转给同一个账号", "{users} send balance to one account"),
    "upline": Text("{users} 个由同一个账号带来", "{users} were brought in by one account"),
    "moment": Text("{users} 个在一小时内相继注册", "{users} registered within an hour of each other"),
}
SHARED = Text(
    "疑似同一伙人: {users} 个账号里, {parts_zh}", "suspected to be one hand: of {users} accounts, {parts_en}"
)
MONEY = Text(
    "一共拿了 {given} 元奖励, 自己付过 {own} 元",
    "{given} yuan of rewards received, {own} yuan of their own paid",
)
BUSY = {
    "registered": Text("最密的一小时里注册了 {n} 个", "{n} registered in the busiest hour"),
    "reward": Text("最密的一小时里领了 {n} 次奖励", "{n} rewards taken in the busiest hour"),
    "order": Text("最密的一小时里下了 {n} 单", "{n} orders placed in the busiest hour"),
}
LEVEL: dict[Level, Text] = {
    "none": Text("没有", "none"),
    "linked": Text("有关联", "linked"),
    "watch": Text("留意", "to watch"),
    "high": Text("先不发", "nothing for now"),
}
SUSPECTED_HEADINGS = (
    Text("第几伙", "group"),
    Text("怎么处理", "what follows"),
    Text("用户ID", "user_id"),
    Text("店里已标记", "marked by the shop"),
    Text("证据", "evidence"),
    Text("误伤怎么办", "if it is a mistake"),
)
MARKED_YES = Text("是", "yes")
MARKED = Text("其中 {n} 个是店里已经标记的", "{n} of them are marked by the shop already")
WAIT = Text(
    "新发的奖励建议等 {hours} 小时再能花, 够人看一眼",
    "a new reward should wait {hours} hours before it may be spent: time to look",
)
APPEAL = Text(
    "这只是怀疑, 请人看过再定; 用户来申诉, 核实没问题就写进规则文件的 trusted_users",
    "this is a suspicion: have it looked at; whoever appeals and is cleared goes into trusted_users of the rules file",
)
LINE_CHOSEN = Text(
    "划线: {groups} 伙在线上; 和 {beside} 处只共用地址的用户比, 预计其中误伤不超过 {share}",
    "the line: {groups} groups lie above it; beside {beside} sets of users who share an address and nothing else, at "
    "most {share} of them are expected to be innocent",
)
LINE_NONE = Text(
    "没有划线: 没有哪一伙明显不同于只是住在一起的用户, 因此一个也不排除",
    "no line: no group stands out from users who merely live together, so nobody is left out",
)
LINE_FEW = Text(
    "没有划线: 只共用地址的用户只有 {beside} 处, 太少, 没法比, 因此一个也不排除",
    "no line: only {beside} sets of users share an address and nothing else, too few to compare, so nobody is left out",
)
VAGUE = Text(
    "{kind_zh}这一列的值太少, 分不出人, 不当作线索",
    "the {kind_en} column has too few values to mark a person: not read",
)
HUBS = Text(
    "{n} 个值用的人太多, 不当作线索; 最多的是一个{kind_zh}, {users} 人在用",
    "{n} values are shared by too many to be read; the most by {users} users, a {kind_en}",
)
