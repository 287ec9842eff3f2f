"""What must hold after every commit: one list, run by tests, by `huoshui doctor` and by the console.

Each entry compares what is kept (a balance, a rest, a state) with what the ops say. The sums are taken where the rows
lie, by the statement `check_<name>` of the books; what it returns is where the two differ, and by how much.
"""

from dataclasses import dataclass

from huoshui.base.errors import Language, Text
from huoshui.base.money import yuan_text


@dataclass(frozen=True, slots=True)
class Invariant:
    """A rule of the books; `text` says it as a person would."""

    name: str
    text: Text

    def findings(self, rows: list[tuple[str, int, int]]) -> list["Finding"]:
        """What breaks the rule: rows of (where, fen expected, fen found) that differ."""
        return [Finding(self, where, expected, found) for where, expected, found in rows if expected != found]


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a rule is broken."""

    invariant: Invariant
    where: str
    expected_fen: int
    found_fen: int

    def say(self, language: Language) -> str:
        """What, where and by how much."""
        return FINDING.say(
            language,
            what=self.invariant.text.say(language),
            where=self.where,
            expected=yuan_text(self.expected_fen),
            found=yuan_text(self.found_fen),
            off=yuan_text(self.found_fen - self.expected_fen),
        )


FINDING = Text(
    "{what}: {where} 应为 {expected} 元, 实为 {found} 元, 差 {off} 元",
    "{what}: {where} should be ¥{expected} and is ¥{found}, off by ¥{off}",
)

INVARIANTS: tuple[Invariant, ...] = (
    Invariant("conservation", Text("每种余额的合计是零", "each unit adds up to nothing")),
    Invariant("accounts", Text("账户余额等于流水之和", "an account is the sum of its ops")),
    Invariant("wallets", Text("用户余额等于流水之和", "a wallet is the sum of its ops")),
    Invariant("wallet_lots", Text("激励余额等于批次剩余之和", "a wallet's bonus is what its lots hold")),
    Invariant("lot_draws", Text("批次面额等于剩余加扣减", "a lot is its rest and its draws")),
    Invariant("lot_spent", Text("批次已用等于支付扣减之和", "what a lot spent is what payments drew of it")),
    Invariant("op_draws", Text("流水的激励金额等于批次扣减之和", "an op's bonus is what it drew of lots")),
    Invariant("lot_ops", Text("一次发放恰好一个批次", "each grant has one lot, each lot one grant")),
    Invariant(
        "held", Text("占用等于未结束的占用单之和", "what is held is what open holds hold, lot by lot too")
    ),
    Invariant("ends", Text("占用和预留恰好结束一次", "holds and reservations end once")),
    Invariant(
        "reserved", Text("已预留等于未结束的预留之和", "what is reserved is what open reservations are")
    ),
    Invariant(
        "undone",
        Text("退款之和不超过原付款", "refunds add up to what is noted, and to no more than was paid"),
    ),
    Invariant("after_expiry", Text("过期批次不再支付", "nothing is paid from a lot that ran out")),
    Invariant("leaves", Text("每笔流水恰好一条审计记录", "each op has one leaf in the audit log")),
)
