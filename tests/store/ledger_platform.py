"""A small platform to try the books on: accounts, ids, and short ways to ask."""

from datetime import datetime, timedelta
from uuid import UUID

from huoshui.base.clock import new_id, now_utc
from huoshui.core.ledger import AccountKind, Finding, Kind, platform_account
from huoshui.flow.commands import Command, Grant, Result, Transfer
from huoshui.flow.handlers import Rules, execute, sweep
from huoshui.store import books
from huoshui.store.postgres import Store

MILLION_YUAN = 100_000_000


class Platform:
    """Accounts of one platform and its users."""

    def __init__(self, store: Store, *, budget_fen: int = MILLION_YUAN) -> None:
        self.store = store
        self.rules = Rules()
        self.pot = self.account("pot")
        self.campaign = self.account("campaign")
        fill = Transfer(id=fresh(), fen=10 * MILLION_YUAN, source=platform_account("source"), to=self.pot)
        assert self.ask(fill).ok
        if budget_fen:
            assert self.ask(Transfer(id=fresh(), fen=budget_fen, source=self.pot, to=self.campaign)).ok

    def account(self, kind: AccountKind) -> UUID:
        """A new account."""
        account = fresh()
        with self.store.transaction() as connection:
            assert books.open_account(connection, account, kind, kind)
        return account

    def ask(self, command: Command) -> Result:
        """One command, one result."""
        return execute(self.store, [command], self.rules)[0]

    def grant(self, user: UUID, fen: int, **terms: object) -> Grant:
        """A grant of the campaign that lives for a month."""
        given: dict[str, object] = {"campaign": self.campaign, "expires_at": in_days(30)} | terms
        return Grant(id=fresh(), user=user, fen=fen, **given)  # type: ignore[arg-type]

    def wallet(self, user: UUID) -> tuple[int, ...] | None:
        """Principal, bonus, both held, debt, and the bonus that can be used now."""
        with self.store.transaction() as connection:
            return books.wallet_state(connection, user)

    def budget(self) -> int:
        """What the campaign has left."""
        return self.bonus(self.campaign)

    def bonus(self, account: UUID) -> int:
        """The bonus of an account."""
        with self.store.transaction() as connection:
            state = books.account_state(connection, account)
        assert state is not None
        return state.bonus_fen

    def sweep(self) -> dict[Kind, int]:
        """The sweeper comes once."""
        return sweep(self.store, rules=self.rules)

    def findings(self) -> list[Finding]:
        """Where the books break a rule."""
        return self.findings_of(self.store)

    @staticmethod
    def findings_of(store: Store) -> list[Finding]:
        """Where the books of a database break a rule."""
        with store.transaction() as connection:
            return books.findings(connection)


def fresh() -> UUID:
    """A new id."""
    return new_id(now_utc())


def in_days(days: float) -> datetime:
    """A time from now on."""
    return now_utc() + timedelta(days=days)
