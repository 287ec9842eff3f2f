"""Each number of the report's first page, recomputed by hand-written SQL over the raw CSV files.

The SQL is a finance person's: it knows the shop's files and docs/glossary.md, and nothing of the code that it checks.
Only which grant an order drew is kept in a list instead (plain_wallet), as one would with a pencil.
"""

from collections.abc import Iterator
from math import sqrt
from pathlib import Path
from typing import Any

import duckdb
import pytest
from plain_wallet import Drawn, Given, fates

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.values import Diagnosis, Finding
from huoshui.flow.app import settings_for
from huoshui.flow.diagnosis import DiagnosisRun, run_diagnosis
from huoshui.sim.files import write_canonical
from huoshui.sim.world import make_world

SEED, USERS = 5, 8_000
CLOSE = 1e-9
CHANNEL_A_MONTH_FEN = 100_000
"""A channel with less than 1,000 yuan a month is no proof of a cheap route."""
ARM_MIN = 30
"""Fewer users than that say nothing."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated shop's CSV files, headers in English, without the users who ever handed balance on.

    Whose bonus a spend was after a transfer the files cannot tell to the fen; tests/acceptance holds that to the truth.
    """
    base = tmp_path_factory.mktemp("first_page")
    write_canonical(make_world(SEED, users=USERS), base / "all", format="csv", headers="canonical")
    (base / "files").mkdir()
    sql = duckdb.connect()
    for path in (base / "all").glob("*.csv"):
        sql.execute(f"CREATE TABLE {path.stem} AS FROM read_csv('{path}', all_varchar=true, header=true)")
    sql.execute("CREATE TABLE mixed AS SELECT DISTINCT user_id FROM balance_entries WHERE kind = 'transfer'")
    sql.execute("CREATE TABLE theirs AS SELECT order_id FROM orders WHERE user_id IN (FROM mixed)")
    for (name,) in sql.execute(
        "SELECT table_name FROM duckdb_tables() WHERE table_name NOT IN ('mixed', 'theirs')"
    ).fetchall():
        columns = [row[0] for row in sql.execute(f"DESCRIBE {name}").fetchall()]
        kept = "true"
        if "user_id" in columns:
            kept = "user_id IS NULL OR user_id NOT IN (FROM mixed)"
        elif "order_id" in columns:
            kept = "order_id NOT IN (FROM theirs)"
        sql.execute(f"COPY (SELECT * FROM {name} WHERE {kept}) TO '{base}/files/{name}.csv' (HEADER)")
    sql.close()
    return base


@pytest.fixture(scope="module")
def run(folder: Path) -> DiagnosisRun:
    settings = settings_for(work=folder / "work", language="zh", memory="800MB", threads=2)
    return run_diagnosis(folder / "files", settings=settings, assumptions=Assumptions())


@pytest.fixture(scope="module")
def told(run: DiagnosisRun) -> Diagnosis:
    return run.diagnosis


class Books:
    """The raw files as SQL tables of text, with what a finance person would first work out of them."""

    def __init__(self, files: Path) -> None:
        self.sql = duckdb.connect()
        for path in sorted(files.glob("*.csv")):
            self.sql.execute(
                f"CREATE TABLE raw_{path.stem} AS SELECT * FROM read_csv('{path}', all_varchar=true, header=true)"
            )
        # Money stands in yuan with two decimals; books are kept in fen.
        self.sql.execute(
            "CREATE MACRO fen(t) AS COALESCE(CAST(CAST(t AS DECIMAL(18, 2)) * 100 AS BIGINT), 0)"
        )
        # A part of an amount, halves up.
        self.sql.execute(
            "CREATE MACRO part(a, b, w) AS CASE WHEN w = 0 THEN 0 ELSE (a * b * 2 + w) // (w * 2) END"
        )
        self.sql.execute(ORDERS)
        self.sql.execute(CHAIN)
        self.sql.execute(GRANTS)
        self._wallets()
        self.sql.execute(OUTCOMES)

    def one(self, query: str) -> Any:
        """The only value of a query."""
        ((value,),) = self.sql.execute(query).fetchall()
        return value

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.sql.execute(query).fetchall()

    def _wallets(self) -> None:
        """What became of each grant: bonus burns oldest first, an expiry takes its own rule's lots."""
        given = [Given(*row) for row in self.rows("SELECT user_id, moment, grant_id, fen FROM grants")]
        drawn = [Drawn(*row) for row in self.rows(DRAWS)]
        told, _ = fates(given, drawn)
        self.sql.execute(
            "CREATE TABLE fate (grant_id VARCHAR, spent BIGINT, expired BIGINT, last_spent TIMESTAMP)"
        )
        self.sql.executemany(
            "INSERT INTO fate VALUES (?, ?, ?, ?)",
            [(grant, fate.spent, fate.expired, fate.last_spent_at) for grant, fate in told.items()],
        )
        self.sql.execute(
            "CREATE TABLE lots AS SELECT g.*, f.spent, f.expired, g.fen - f.spent - f.expired AS open, f.last_spent "
            "FROM grants g JOIN fate f USING (grant_id)"
        )


# Value = price - refunds - goods - payment fee - agents - site fee - platform cut (definitions, "Value of a user").
# Principal is revenue; a top-up's fee rides on orders in proportion to the principal they spend.
ORDERS = """
CREATE TABLE cost AS
    SELECT scope, scope_id, part, base, CAST(rate AS DOUBLE) AS rate, fen(fixed) AS fixed FROM raw_costs;
CREATE TABLE top_up AS
    SELECT user_id, CAST(COALESCE(paid_at, created_at) AS TIMESTAMP) AS moment, fen(amount) AS amount,
           fen(bonus) AS bonus,
           fen(fee) AS fee, payment_channel
    FROM raw_recharges WHERE status = 'paid';
CREATE TABLE top_up_rate AS SELECT round(SUM(fee) / SUM(amount), 8) AS rate FROM top_up;
CREATE TABLE priced AS
    SELECT o.order_id, o.user_id, COALESCE(o.user_id, 'guest ' || o.guest_key) AS who,
           CAST(COALESCE(o.paid_at, o.created_at) AS TIMESTAMP) AS moment, o.source, o.agent_id, o.product_id,
           CAST(o.qty AS BIGINT) AS qty, o.payment_channel AS channel, o.status,
           fen(o.paid) AS money, fen(o.balance_paid) AS principal, fen(o.bonus_paid) AS bonus,
           fen(o.paid) + fen(o.balance_paid) + fen(o.bonus_paid) AS price,
           fen(o.cost_of_goods) AS goods, fen(o.payment_fee) AS own_fee, fen(o.site_fee) AS site_fee,
           fen(o.level_discount) AS level_discount,
           fen(o.list_price) * CAST(o.qty AS BIGINT) AS list_fen,
           COALESCE(u.status = 'abuser', false) AS abuser
    FROM raw_orders o LEFT JOIN raw_users u USING (user_id)
    WHERE o.status IN ('paid', 'delivered', 'partly_refunded', 'refunded');
CREATE TABLE back AS SELECT order_id, SUM(fen(amount)) AS fen FROM raw_refunds GROUP BY 1;
CREATE TABLE commission AS
    SELECT order_id, CAST(level AS BIGINT) AS layer, agent_id, fen(amount) AS fen
    FROM raw_commissions WHERE status <> 'rejected';
CREATE TABLE level_price AS
    SELECT product_id, CAST(level AS BIGINT) AS layer, MIN(fen(price)) AS fen FROM raw_agent_prices GROUP BY ALL;
CREATE TABLE sold AS
    WITH taken AS (
        SELECT p.*,
               CASE WHEN b.fen IS NOT NULL THEN LEAST(b.fen, p.price)
                    WHEN p.status = 'refunded' THEN p.price ELSE 0 END AS refund,
               CAST(floor(p.principal * CAST((SELECT rate FROM top_up_rate) AS DECIMAL(12, 8)) + 0.5) AS BIGINT)
                   AS carried,
               COALESCE(c.fen, 0) AS commission,
               -- A level's margin is a price gap: what agents sell for, less what the platform is paid a piece.
               CASE WHEN p.source = 'agent' AND p.agent_id IS NOT NULL
                    THEN GREATEST(0, p.price - l.fen * p.qty) ELSE 0 END AS gap,
               CASE WHEN p.source = 'site' THEN part(p.price, 2, 100) ELSE 0 END AS platform_cut
        FROM priced p
        LEFT JOIN back b USING (order_id)
        LEFT JOIN (SELECT order_id, SUM(fen) AS fen FROM commission GROUP BY 1) c USING (order_id)
        LEFT JOIN level_price l ON l.product_id = p.product_id AND l.layer = 1)
    SELECT *, commission + COALESCE(gap, 0) AS agents, own_fee + carried AS fee,
           price - refund - goods - own_fee - carried - commission - COALESCE(gap, 0) - site_fee - platform_cut AS value
    FROM taken;
CREATE TABLE span AS
    SELECT MIN(CAST(moment AS DATE)) AS first, MAX(CAST(moment AS DATE)) AS last,
           MAX(CAST(moment AS DATE)) - MIN(CAST(moment AS DATE)) + 1 AS days,
           CAST(MAX(CAST(moment AS DATE)) + 1 AS TIMESTAMP) AS over
    FROM sold;
"""

# An agent of layer n takes price - price(n); the one above it price(n) - price(n - 1), and so on to the first layer.
CHAIN = """
CREATE TABLE take AS
    SELECT s.order_id, s.source, s.price, s.bonus, k.layer,
           (CASE WHEN k.layer = CAST(a.level AS BIGINT) THEN s.price ELSE below.fen * s.qty END)
               - k.fen * s.qty AS fen, 1 AS is_gap
    FROM sold s
    JOIN raw_agents a ON a.agent_id = s.agent_id
    JOIN level_price k ON k.product_id = s.product_id AND k.layer <= CAST(a.level AS BIGINT)
    LEFT JOIN level_price below ON below.product_id = s.product_id AND below.layer = k.layer + 1
    WHERE s.gap > 0 AND NOT s.abuser
    UNION ALL
    SELECT s.order_id, s.source, s.price, s.bonus, c.layer, c.fen, 0
    FROM sold s JOIN commission c USING (order_id) WHERE NOT s.abuser;
"""

# Bonus is what was given: top-up bonus, task, cash-back, and what was added by hand (definitions, "On import").
GRANTS = """
CREATE TABLE bought AS
    SELECT who, MIN(moment) AS first_at, MAX(moment) AS last_at, SUM(price) AS price,
           MIN(CASE WHEN refund < price THEN moment END) AS first_kept_at
    FROM sold WHERE NOT abuser GROUP BY 1;
CREATE TABLE person AS
    -- cum_spend beyond what the files hold: had bought before them.
    SELECT b.*, COALESCE(fen(u.cum_spend) > b.price + 100, false) AS old
    FROM bought b LEFT JOIN raw_users u ON u.user_id = b.who;
CREATE TABLE grants AS
    SELECT e.entry_id AS grant_id, e.user_id, CAST(e."at" AS TIMESTAMP) AS moment, e.kind, e.campaign_id,
           fen(e.amount) AS fen,
           c.purpose,
           COALESCE(u.status = 'abuser', false) AS abuser, COALESCE(u.status = 'frozen', false) AS frozen
    FROM raw_balance_entries e LEFT JOIN raw_campaigns c USING (campaign_id) LEFT JOIN raw_users u USING (user_id)
    WHERE e.direction = 'in' AND fen(e.amount) > 0
      AND e.kind IN ('recharge_bonus', 'task', 'cashback', 'adjust', 'gift_card_given');
"""

# What leaves a wallet's bonus: orders, what is taken back, and expiries. An expiry falls a whole number of days after
# its grant, give or take a minute; those that name no campaign are a top-up's bonus (60 days by the shop's terms)
# or a daily task's (30).
DRAWS = """
SELECT user_id, moment, 'order', order_id, bonus FROM sold WHERE bonus > 0 AND user_id IS NOT NULL
UNION ALL
SELECT user_id, CAST("at" AS TIMESTAMP), 'taken', entry_id, fen(amount)
FROM raw_balance_entries WHERE direction = 'out' AND kind IN ('clawback', 'adjust')
UNION ALL
SELECT e.user_id, CAST(e."at" AS TIMESTAMP), 'expired', g.grant_id, fen(e.amount)
FROM raw_balance_entries e JOIN grants g
    ON g.user_id = e.user_id AND g.campaign_id IS NOT DISTINCT FROM e.campaign_id
    AND g.moment < CAST(e."at" AS TIMESTAMP)
WHERE e.direction = 'out' AND e.kind = 'expire'
  AND (date_diff('second', g.moment, CAST(e."at" AS TIMESTAMP)) + 60) % 86400 <= 120
  AND (e.campaign_id NOTNULL OR (date_diff('second', g.moment, CAST(e."at" AS TIMESTAMP)) + 60) // 86400
       = CASE g.kind WHEN 'recharge_bonus' THEN 60 WHEN 'task' THEN 30 END)
"""

# One row an assignment whose window has passed: value in the window (capped), in the 60 days before, and what it cost.
OUTCOMES = """
CREATE TABLE campaign AS
    SELECT campaign_id, name, purpose, CAST(start AS TIMESTAMP) AS first_at, CAST("end" AS TIMESTAMP) AS last_at,
           fen(budget) AS budget, CAST(window_days AS BIGINT) AS days, fen(value_cap) AS cap
    FROM raw_campaigns;
CREATE TABLE assigned AS
    SELECT a.assignment_id, a.campaign_id, a.user_id, CAST(a."at" AS TIMESTAMP) AS moment,
           a.arm = 'control' OR (a.arm = 'explore' AND fen(a.amount) = 0) AS control,
           CASE WHEN a.arm = 'control' THEN 0 ELSE fen(a.amount) END AS amount,
           1.0 / CAST(a.probability AS DOUBLE) AS w, c.days, c.cap
    FROM raw_assignments a JOIN campaign c USING (campaign_id);
CREATE TABLE worth AS
    SELECT a.assignment_id,
           SUM(CASE WHEN s.moment >= a.moment AND s.moment < a.moment + to_days(a.days::INT)
                    THEN s.value ELSE 0 END) AS after,
           SUM(CASE WHEN s.moment < a.moment AND s.moment >= a.moment - INTERVAL 60 DAY
                    THEN s.value ELSE 0 END) AS before
    FROM assigned a JOIN sold s USING (user_id) GROUP BY 1;
CREATE TABLE paid_out AS
    -- A campaign's grant belongs to the user's last assignment to it before the grant.
    SELECT assignment_id, SUM(fen) AS granted, SUM(spent) AS spent, SUM(open) AS open FROM (
        SELECT l.grant_id, l.fen, l.spent, l.open, a.assignment_id,
               row_number() OVER (PARTITION BY l.grant_id ORDER BY a.moment DESC) AS nth
        FROM lots l JOIN assigned a ON a.user_id = l.user_id AND a.campaign_id = l.campaign_id AND a.moment <= l.moment)
    WHERE nth = 1 GROUP BY 1;
CREATE TABLE outcome AS
    SELECT a.*, strftime(a.moment, '%Y-%m') AS month,
           CAST(LEAST(COALESCE(w.after, 0), a.cap) AS DOUBLE) AS y, CAST(COALESCE(w.before, 0) AS DOUBLE) AS x,
           COALESCE(p.granted, 0) AS granted, COALESCE(p.spent, 0) AS spent, COALESCE(p.open, 0) AS open
    FROM assigned a LEFT JOIN worth w USING (assignment_id) LEFT JOIN paid_out p USING (assignment_id)
    WHERE a.moment + to_days(a.days::INT) <= (SELECT over FROM span);
"""


@pytest.fixture(scope="module")
def books(folder: Path) -> Iterator[Books]:
    books = Books(folder / "files")
    yield books
    books.sql.close()


def a_month(books: Books, fen: float) -> float:
    """An amount of the whole span, a month of 30 days."""
    return fen * 30 / int(books.one("SELECT days FROM span"))


# --- rows read, turnover, margin ------------------------------------------------------------------------------


def test_rows_read_are_the_lines_of_the_files(run, folder):
    lines = sum(
        len(path.read_text(encoding="utf-8").splitlines()) - 1 for path in (folder / "files").glob("*.csv")
    )
    assert run.intake.rows_read == lines
    assert run.intake.rows_set_aside == 0


def test_turnover_and_margin(books, told):
    """Order price with bonus in it; margin is value less the bonus that paid for it; abusers' value is left out."""
    price, margin, orders = books.rows(
        "SELECT SUM(price), SUM(value - bonus), COUNT(*) FROM sold WHERE NOT abuser"
    )[0]
    assert told.figures["price"].value == price
    assert told.figures["price"].n == orders
    assert told.figures["margin"].value == margin
    assert told.figures["margin_rate"].value == pytest.approx(margin / price, rel=CLOSE)
    assert told.figures["margin"].marking == "measured"
    fees, paid_in = books.rows("SELECT SUM(fee), SUM(money + principal) FROM sold WHERE NOT abuser")[0]
    assert told.figures["payment_fee_rate"].value == pytest.approx(fees / paid_in, rel=CLOSE)


# --- the incentive waterfall: total, reach, who takes most, liability -------------------------------------------


def incentive(books: Books) -> dict[str, int]:
    """Put in = bonus issued + reserve and frozen funds on it + the bonus's share of the costs of what it paid."""
    issued = books.one("SELECT SUM(fen) FROM grants")
    riding = {
        part: round(
            issued * books.one(f"SELECT SUM(rate) FROM cost WHERE part = '{part}' AND base = 'bonus_issued'")
            if books.one(f"SELECT COUNT(*) FROM cost WHERE part = '{part}' AND base = 'bonus_issued'")
            else 0
        )
        + books.one(f"SELECT COALESCE(SUM(fixed), 0) FROM cost WHERE part = '{part}' AND base = 'month'")
        * books.one("SELECT COUNT(DISTINCT strftime(moment, '%Y-%m')) FROM sold")
        for part in ("risk_reserve", "frozen")
    }
    shares = {
        name: books.one(f"SELECT CAST(SUM(part(bonus, {column}, price)) AS BIGINT) FROM sold")
        for name, column in (
            ("fee", "own_fee"),
            ("site", "site_fee"),
            ("cut", "platform_cut"),
            ("agents", "agents"),
        )
    }
    return {"issued": issued, "reserve": riding["risk_reserve"], "frozen": riding["frozen"], **shares}


def put_in(parts: dict[str, int]) -> int:
    return sum(parts.values())


def test_incentive_total_and_reach_share(books, told):
    """What was put in, and what of it real users spent (到手率)."""
    parts = incentive(books)
    reached = books.one("SELECT SUM(bonus) FROM sold WHERE NOT abuser")
    assert told.figures["issued"].value == parts["issued"]
    assert told.figures["incentive_total"].value == put_in(parts)
    assert told.figures["spent"].value == reached
    assert told.figures["reach_share"].value == pytest.approx(reached / put_in(parts), rel=CLOSE)


def test_what_each_layer_takes_of_100_yuan_of_incentive(books, told):
    """Agents by layer, price gaps included: each one's share (by price) of what the bonus paid for."""
    by_layer = dict(
        books.rows("SELECT layer, CAST(SUM(part(bonus, fen, price)) AS BIGINT) FROM take GROUP BY 1")
    )
    # Each layer's share is rounded order by order; the odd fen are carried by the largest.
    largest = max(by_layer, key=lambda layer: by_layer[layer])
    honest = books.one("SELECT CAST(SUM(part(bonus, agents, price)) AS BIGINT) FROM sold WHERE NOT abuser")
    by_layer[largest] += honest - sum(by_layer.values())
    found = {part.layer: part.fen for part in told.incentive[0].parts if part.code == "agent_layer"}
    assert found == by_layer


def test_breakage_and_liability_are_the_balance_of_the_books(books, told):
    """Issued - drawn by orders - expired - taken back = still owed, whoever holds it (transfers move it, no more)."""
    expired = books.one("SELECT SUM(fen(amount)) FROM raw_balance_entries WHERE kind = 'expire'")
    issued, drawn = books.one("SELECT SUM(fen) FROM grants"), books.one("SELECT SUM(bonus) FROM sold")
    taken = books.one(
        "SELECT SUM(fen(amount)) FROM raw_balance_entries WHERE kind IN ('clawback') AND direction = 'out'"
    )
    assert told.figures["liability"].value == issued - drawn - expired - taken


# --- burn, pot, runway -------------------------------------------------------------------------------------------


def test_burn_a_day_is_the_mean_of_the_last_four_weeks(books, told):
    """Fen leaving the pot a day, commitments counted: what was issued, at face value."""
    issued = books.one(
        "SELECT SUM(fen) FROM grants, span WHERE CAST(moment AS DATE) > last - 28 AND CAST(moment AS DATE) <= last"
    )
    assert told.figures["burn_per_day"].value == round(issued / 28)


RUNNING = """
SELECT campaign_id, budget FROM campaign, span
WHERE budget > 0 AND CAST(first_at AS DATE) <= last AND CAST(last_at AS DATE) >= last
"""


def test_pot_left_is_what_running_budgets_have_not_paid_out(books, told):
    left = books.one(
        f"""SELECT SUM(GREATEST(0, r.budget - COALESCE(p.fen, 0))) FROM ({RUNNING}) r
        LEFT JOIN (SELECT campaign_id, SUM(fen) AS fen FROM grants GROUP BY 1) p USING (campaign_id)"""
    )
    assert told.figures["pot_left"].value == left


def test_runway_is_the_rest_over_what_empties_it_with_an_80_percent_band(books, told):
    """Days until the uncommitted rest is 0, at the pace of the last four weeks of the campaigns whose rest it is."""
    days = [
        int(fen)
        for (fen,) in books.rows(
            f"""SELECT COALESCE(SUM(g.fen), 0) FROM span, range(28) AS back(n)
            LEFT JOIN grants g ON CAST(g.moment AS DATE) = (SELECT last FROM span) - CAST(27 - n AS INT)
                AND g.campaign_id IN (SELECT campaign_id FROM ({RUNNING}))
            GROUP BY n ORDER BY n"""
        )
    ]
    left, mean = told.figures["pot_left"].value, sum(days) / 28
    runway = told.figures["runway_days"]
    assert runway.value == pytest.approx(left / mean, rel=CLOSE)
    # A day's spread around its weekday; 28 days less 7 weekday means.
    weekday_means = [sum(days[start::7]) / 4 for start in range(7)]
    spread = sqrt(sum((fen - weekday_means[i % 7]) ** 2 for i, fen in enumerate(days)) / 21)
    for end, sign in ((runway.low_est, 1), (runway.high_est, -1)):
        # At either end the sum of so many days, plus or minus 1.2816 of its own spread, is just the rest.
        assert end is not None
        assert end * mean + sign * 1.281552 * spread * sqrt(end + end * end / 28) == pytest.approx(
            left, rel=1e-6
        )


# --- returns ------------------------------------------------------------------------------------------------------


# Means weighted by 1/probability; the slope of value on the value before, within arms, sharpens them (CUPED).
ARMS = """
WITH kept AS (
    SELECT *, {unit} AS unit, SUM(w * y) OVER a / SUM(w) OVER a AS my, SUM(w * x) OVER a / SUM(w) OVER a AS mx,
           COUNT(*) OVER a AS size
    FROM outcome WINDOW a AS (PARTITION BY {unit}, control, amount)),
theta AS (
    SELECT unit, COALESCE(SUM(w * w * (x - mx) * (y - my))
                        / NULLIF(SUM(w * w * (x - mx) * (x - mx)), 0), 0) AS theta
    FROM kept WHERE size >= {least} GROUP BY unit),
use AS (SELECT unit, SUM(spent) / NULLIF(SUM(granted - open), 0) AS rate FROM kept GROUP BY unit)
SELECT k.unit, k.control, k.amount, COUNT(*) AS n, ANY_VALUE(k.my - t.theta * k.mx) AS mean,
       SUM(k.spent) AS spent, SUM(k.open) AS open, SUM(k.granted) AS granted, ANY_VALUE(u.rate) AS rate
FROM kept k JOIN theta t USING (unit) JOIN use u USING (unit)
WHERE k.size >= {least} GROUP BY ALL ORDER BY k.unit, k.control DESC, k.amount
"""


def use_rates(books: Books) -> dict[str, float]:
    """Of a campaign's settled bonus (spent or expired), the share that was spent."""
    return dict(
        books.rows(
            "SELECT campaign_id, SUM(spent) / SUM(spent + expired) FROM lots WHERE campaign_id NOTNULL GROUP BY 1"
        )
    )


def measured(books: Books) -> dict[str, tuple[float, float, int]]:
    """By campaign with a control: incremental value of its mature users, their cost, and how many they are."""
    parts = incentive(books)
    riding = parts["reserve"] / parts["issued"]
    rates = use_rates(books)
    found: dict[str, tuple[float, float, int]] = {}
    arms = books.rows(ARMS.format(unit="campaign_id", least=ARM_MIN))
    for unit in {row[0] for row in arms}:
        base = next((row[4] for row in arms if row[0] == unit and row[1]), None)
        treated = [row for row in arms if row[0] == unit and not row[1]]
        if base is not None and treated:
            value = sum(row[3] * (row[4] - base) for row in treated)
            # Cost = spent + expected still to be spent + what rides on the grant.
            cost = sum(row[5] + row[6] * rates[unit] + row[7] * riding for row in treated)
            found[unit] = (value, float(cost), sum(row[3] for row in treated))
    return found


def test_the_incremental_return(books, told):
    """Return per yuan = value / cost against a control, over the campaigns that have one."""
    found = measured(books)
    assert len(found) >= 6
    value, cost = sum(row[0] for row in found.values()), sum(row[1] for row in found.values())
    assert told.figures["return_incremental"].value == pytest.approx(value / cost, rel=CLOSE)
    assert told.figures["return_incremental"].basis == "incremental"


def test_the_value_of_a_unit_of_balance(books, told):
    """单位余额价值: what the step to each campaign's highest amount brought, in the last month that can tell."""
    parts = incentive(books)
    riding = parts["reserve"] / parts["issued"]
    arms = books.rows(ARMS.format(unit="(campaign_id || ' ' || month)", least=ARM_MIN))
    by_month: dict[str, list[float]] = {}
    for unit in sorted({row[0] for row in arms}):
        control = [row for row in arms if row[0] == unit and row[1]]
        treated = [row for row in arms if row[0] == unit and not row[1]]
        if not control or not treated:
            continue

        def a_head(row: tuple[Any, ...]) -> float:
            rate = 1.0 if row[8] is None else row[8]
            return float((row[5] + row[6] * rate + row[7] * riding) / row[3])

        top, below = treated[-1], treated[-2] if len(treated) > 1 else control[0]
        sums = by_month.setdefault(unit.split()[-1], [0.0, 0.0])
        sums[0] += top[3] * (top[4] - below[4])
        sums[1] += top[3] * (a_head(top) - (a_head(below) if below is not control[0] else 0.0))
    last = max(month for month, (_, cost) in by_month.items() if cost > 0)
    value, cost = by_month[last]
    assert told.figures["unit_value"].value == pytest.approx(value / cost, rel=CLOSE)


# --- CAC -----------------------------------------------------------------------------------------------------------


def test_cac(books, told):
    """(Rewards to acquire + commission and fees on first orders) / users whose first paid, unrefunded order it was."""
    granted, spent, still_open = books.rows(
        # Who spent more than a yuan and has no order in the files spent it before them: nobody to win.
        """SELECT SUM(l.fen), SUM(l.spent), SUM(l.open) FROM lots l LEFT JOIN person p ON p.who = l.user_id
        LEFT JOIN raw_users u ON u.user_id = l.user_id
        LEFT JOIN (SELECT DISTINCT user_id FROM sold) o ON o.user_id = l.user_id
        WHERE l.purpose = 'acquire'
           OR (l.purpose IS NULL AND NOT COALESCE(p.old, o.user_id IS NULL AND fen(u.cum_spend) > 100, false)
               AND NOT EXISTS (SELECT 1 FROM sold s WHERE s.user_id = l.user_id AND s.moment < l.moment))"""
    )[0]
    reward = spent + round(still_open * spent / (granted - still_open))
    fees, users = books.rows(
        """SELECT SUM(fees), COUNT(*) FROM (
            SELECT p.who, FIRST(s.fee + s.agents + s.site_fee + s.platform_cut ORDER BY s.order_id) AS fees
            FROM person p JOIN sold s ON s.who = p.who AND s.moment = p.first_kept_at AND s.refund < s.price
            WHERE NOT p.old AND NOT s.abuser GROUP BY 1)"""
    )[0]
    assert told.figures["CAC"].n == users
    assert told.figures["CAC"].value == round((reward + fees) / users)


# --- findings -------------------------------------------------------------------------------------------------------


def leak_layers(books: Books) -> dict[object, float]:
    """A layer above the pooled rate of the other layers of its own source (two at least)."""
    rows = books.rows("SELECT source, layer, SUM(fen), SUM(price) FROM take GROUP BY ALL")
    excess: dict[object, float] = {}
    for source, layer, take, price in rows:
        others = [row for row in rows if row[0] == source and row[1] != layer]
        if len(others) >= 2:
            rate = sum(row[2] for row in others) / sum(row[3] for row in others)
            excess[layer] = excess.get(layer, 0.0) + max(0.0, float(take) - float(rate) * float(price))
    return excess


def campaigns_lost(books: Books) -> dict[str, float]:
    """Cost less incremental value, carried from the mature users to all treated."""
    everyone = dict(books.rows("SELECT campaign_id, COUNT(*) FROM assigned WHERE NOT control GROUP BY 1"))
    return {
        campaign: (cost - value) / users * everyone[campaign]
        for campaign, (value, cost, users) in measured(books).items()
    }


def flat_waste(books: Books, campaign: str, amount: int) -> float:
    """What users of higher amounts cost more than those of `amount`."""
    parts = incentive(books)
    rate = use_rates(books)[campaign]
    arms = [
        (row[2], row[3], float(row[5] + row[6] * rate + row[7] * parts["reserve"] / parts["issued"]) / row[3])
        for row in books.rows(ARMS.format(unit="campaign_id", least=ARM_MIN))
        if row[0] == campaign and not row[1]
    ]
    base = next(cost for fen, _, cost in arms if fen == amount)
    return sum(max(0.0, n * (cost - base)) for fen, n, cost in arms if fen > amount)


def dear_channels(books: Books) -> dict[str, float]:
    """What a channel's volume would have cost on the cheapest proven one, by its listed terms, orders and top-ups."""
    rows = books.rows(
        """SELECT payment_channel, COUNT(*), SUM(amount), SUM(fee), ANY_VALUE(CAST(l.fee_rate AS DOUBLE)),
                  ANY_VALUE(fen(l.fee_fixed)) FROM (
            SELECT channel AS payment_channel, money AS amount, own_fee AS fee FROM sold WHERE money > 0
            UNION ALL SELECT payment_channel, amount, fee FROM top_up)
        LEFT JOIN raw_payment_channels l USING (payment_channel) WHERE payment_channel NOTNULL GROUP BY 1"""
    )
    proven = [row for row in rows if a_month(books, float(row[2])) >= CHANNEL_A_MONTH_FEN]
    return {
        row[0]: float(row[3]) - min(float(row[2]) * other[4] + row[1] * other[5] for other in proven)
        for row in rows
    }


def never_back(books: Books) -> float:
    """Spent by users who ordered never again, of what is 60 days old, carried to all that was spent."""
    gone, known, spent = books.rows(
        """SELECT SUM(CASE WHEN told AND p.last_at <= l.last_spent THEN l.spent ELSE 0 END),
                  SUM(CASE WHEN told THEN l.spent ELSE 0 END), SUM(l.spent)
        FROM (SELECT *, COALESCE(last_spent + INTERVAL 60 DAY <= (SELECT over FROM span), false) AS told FROM lots) l
        LEFT JOIN person p ON p.who = l.user_id"""
    )[0]
    return float(spent * gone / known)


def thin_sources(books: Books) -> dict[str, float]:
    """A source that keeps less than half the margin rate of all: the difference."""
    price, margin = books.rows("SELECT SUM(price), SUM(value - bonus) FROM sold WHERE NOT abuser")[0]
    rows = books.rows("SELECT source, SUM(price), SUM(value - bonus) FROM sold WHERE NOT abuser GROUP BY 1")
    rate = float(margin) / float(price)
    return {
        source: rate * float(own) - float(kept) for source, own, kept in rows if kept < rate / 2 * float(own)
    }


# The level that principal alone had earned by then against the one with bonus counted; where they differ, the
# discount given tells which rule the shop applies.
DRAIN = """
WITH before AS (
    SELECT s.order_id, s.user_id, s.list_fen, s.level_discount,
           COALESCE(SUM(t.amount), 0) AS principal, COALESCE(SUM(t.bonus), 0) AS bonus
    FROM sold s LEFT JOIN top_up t ON t.user_id = s.user_id AND t.moment <= s.moment
    WHERE NOT s.abuser AND s.user_id IN (SELECT user_id FROM top_up) GROUP BY ALL),
opening AS (
    SELECT u.user_id, GREATEST(0, fen(u.cum_recharge) - COALESCE(SUM(t.amount + t.bonus), 0)) AS fen
    FROM raw_users u LEFT JOIN top_up t USING (user_id) GROUP BY u.user_id, u.cum_recharge),
levels AS (SELECT fen(threshold) AS least, CAST(discount AS DECIMAL(12, 8)) AS rate FROM raw_levels),
held AS (
    SELECT b.*, CAST(floor(list_fen * COALESCE((SELECT MAX(rate) FROM levels WHERE least <= principal + o.fen), 0)
                    + 0.5) AS BIGINT) AS without,
           CAST(floor(list_fen * COALESCE((SELECT MAX(rate) FROM levels WHERE least <= principal + b.bonus + o.fen), 0)
                    + 0.5) AS BIGINT) AS with_bonus
    FROM before b JOIN opening o USING (user_id))
SELECT COALESCE(SUM(with_bonus - without), 0) FROM held
WHERE with_bonus > without AND abs(level_discount - with_bonus) < abs(level_discount - without)
"""


def expected(books: Books, finding: Finding) -> float:
    """A finding's fen over the whole span, worked out from the files."""
    facts = finding.facts
    match finding.code:
        case "leak_layer":
            return leak_layers(books)[facts["layer"]]
        case "useless_campaign" | "negative_campaign" | "below_bar_campaign":
            return campaigns_lost(books)[str(facts["campaign_id"])]
        case "flat_amount":
            return flat_waste(books, str(facts["campaign_id"]), int(facts["amount_fen"] or 0))
        case "dear_channel":
            return dear_channels(books)[str(facts["payment_channel"])]
        case "never_back":
            return never_back(books)
        case "thin_margin_source":
            return thin_sources(books)[str(facts["source"])]
        case "abuse":
            riding = "part(bonus, own_fee, price) + part(bonus, site_fee, price) + part(bonus, platform_cut, price)"
            fees = f"SELECT SUM({riding} + part(bonus, agents, price)) FROM sold WHERE abuser"
            return float(books.one("SELECT SUM(spent) FROM lots WHERE abuser") + books.one(fees))
        case "manual_adjust":
            return float(
                books.one("SELECT SUM(fen) FROM grants WHERE kind = 'adjust' AND campaign_id IS NULL")
            )
        case "drain_loop":
            return float(books.one(DRAIN))
    raise AssertionError(f"the first page shows {finding.code}, which nobody has recomputed")


def test_every_finding_is_worth_what_the_files_say(books, told):
    priced = [finding for finding in told.findings if finding.fen_per_month]
    assert len({finding.code for finding in priced}) >= 6
    for finding in priced:
        assert finding.fen_per_month == round(a_month(books, expected(books, finding))), finding.code


def test_no_layer_source_or_channel_that_leaks_is_left_out(books, told):
    least = 10_000
    codes = {
        "leak_layer": leak_layers(books).values(),
        "thin_margin_source": thin_sources(books).values(),
        "dear_channel": dear_channels(books).values(),
    }
    for code, amounts in codes.items():
        worth = [fen for fen in amounts if round(a_month(books, fen)) >= least]
        assert len(worth) == sum(finding.code == code for finding in told.findings), code
