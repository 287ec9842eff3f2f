-- INVARIANTS (core/ledger/invariants.py): each statement returns (where, fen expected, fen found) where the two differ.

-- name: before_checks
-- Whole tables are compared: pairs looked up one by one would never end on tables that nobody has analysed, as after a
-- crash, and a year of ops takes longer than anything that somebody waits for.
select set_config('statement_timeout', '0', true), set_config('enable_nestloop', 'off', true);

-- name: check_conservation
select unit, 0::bigint, fen::bigint
from (
    select sum(principal_fen) as principal, sum(bonus_fen) as bonus, sum(debt_fen) as debt
    from (
        select principal_fen, bonus_fen, debt_fen from accounts
        union all
        select principal_fen, bonus_fen, debt_fen from wallets
    ) as balances
) as sums,
lateral (values ('principal', principal), ('bonus', bonus), ('debt', debt)) as units (unit, fen)
where fen <> 0

-- name: check_accounts
select 'account ' || id || ' ' || unit, booked::bigint, kept::bigint
from accounts
left join (
    select party_id, sum(principal_fen) as principal, sum(bonus_fen) as bonus, sum(debt_fen) as debt
    from legs group by party_id
) as sums on party_id = id,
lateral (values
    ('principal', coalesce(principal, 0), principal_fen),
    ('bonus', coalesce(bonus, 0), bonus_fen),
    ('debt', coalesce(debt, 0), debt_fen)
) as units (unit, booked, kept)
where booked <> kept

-- name: check_wallets
select 'party ' || coalesce(user_id, party_id) || ' ' || unit, booked::bigint, kept::bigint
from wallets
full join (
    select party_id, sum(principal_fen) as principal, sum(bonus_fen) as bonus, sum(debt_fen) as debt
    from legs
    where not exists (select from accounts where id = party_id)
    group by party_id
) as sums on party_id = user_id,
lateral (values
    ('principal', coalesce(principal, 0), coalesce(principal_fen, 0)),
    ('bonus', coalesce(bonus, 0), coalesce(bonus_fen, 0)),
    ('debt', coalesce(debt, 0), coalesce(debt_fen, 0))
) as units (unit, booked, kept)
where booked <> kept

-- name: check_wallet_lots
select 'user ' || coalesce(wallets.user_id, sums.user_id), coalesce(remaining, 0)::bigint, coalesce(bonus_fen, 0)
from wallets
full join (select user_id, sum(remaining_fen) as remaining from lots group by user_id) as sums using (user_id)
where coalesce(remaining, 0) <> coalesce(bonus_fen, 0)

-- name: check_lot_draws
select 'lot ' || coalesce(id, lot_id), coalesce(granted_fen, 0), (coalesce(remaining_fen, 0) + coalesce(drawn, 0))::bigint
from lots
full join (select lot_id, sum(fen) as drawn from draws group by lot_id) as sums on lot_id = id
where coalesce(granted_fen, 0) <> coalesce(remaining_fen, 0) + coalesce(drawn, 0)

-- name: check_lot_spent
select 'lot ' || id, coalesce(paid, 0)::bigint, spent_fen
from lots
left join (
    select lot_id, sum(fen) as paid
    from draws join ops on ops.id = op_id
    where kind in (5, 7, 18)
    group by lot_id
) as sums on lot_id = id
where coalesce(paid, 0) <> spent_fen

-- name: check_op_draws
select 'op ' || id, (case kind when 18 then -bonus_fen else bonus_fen end), coalesce(drawn, 0)::bigint
from ops
left join (select op_id, sum(fen) as drawn from draws group by op_id) as sums on op_id = id
where kind in (5, 7, 16, 18, 19, 20, 22) and (case kind when 18 then -bonus_fen else bonus_fen end) <> coalesce(drawn, 0)

-- name: check_lot_ops
select 'lot ' || coalesce(lots.id, op.id), coalesce(op.bonus_fen, 0), coalesce(granted_fen, 0)
from lots
full join (select id, bonus_fen, credit_id from ops where kind in (2, 13, 19) and code = 0) as op
    on op.id = lots.id and op.credit_id = lots.user_id
where coalesce(op.bonus_fen, 0) <> coalesce(granted_fen, 0)

-- name: check_held
with open_holds as (
    select user_id, sum(principal_fen) as principal, sum(bonus_fen) as bonus from holds where state = 0 group by user_id
), by_lot as (
    select lot_id, sum(fen) as fen
    from hold_parts join holds on holds.id = hold_id
    where state = 0
    group by lot_id
)
select 'user ' || wallets.user_id || ' ' || unit, expected::bigint, kept
from wallets left join open_holds using (user_id),
lateral (values
    ('principal held', coalesce(principal, 0), principal_held_fen),
    ('bonus held', coalesce(bonus, 0), bonus_held_fen)
) as units (unit, expected, kept)
where expected <> kept
union all
select 'lot ' || id, coalesce(fen, 0)::bigint, held_fen
from lots left join by_lot on lot_id = id
where coalesce(fen, 0) <> held_fen

-- name: check_ends
with ended as (
    select ref_id, count(*) as times
    from ops
    where code = 0 and ref_id is not null
        and (kind in (7, 8, 9, 11, 13, 15) or kind = 14 and not exists (
            select from ops as parent where parent.id = ops.ref_id and parent.kind = 13))
    group by ref_id
)
select 'hold ' || id, (state <> 0)::int::bigint, coalesce(times, 0)
from (select id, state from holds union all select id, state from reservations) as both_kinds
left join ended on ref_id = id
where (state <> 0)::int <> coalesce(times, 0)

-- name: check_reserved
select 'account reserved', coalesce((select sum(fen) from reservations where state = 0), 0)::bigint, bonus_fen
from accounts
where kind = 'reserved' and bonus_fen <> coalesce((select sum(fen) from reservations where state = 0), 0)

-- name: check_undone
with refunds as (
    select ref_id, sum(asked_fen) as fen from ops where kind = 18 and code = 0 group by ref_id
), debts as (
    select ref_id, sum(debt_fen) as fen from ops where kind = 21 group by ref_id
), clawed as (
    select back.ref_id, sum(back.bonus_fen) as taken, coalesce(sum(debts.fen), 0) as as_debt
    from ops as back left join debts on debts.ref_id = back.id
    where back.kind = 20 and back.code = 0
    group by back.ref_id
)
select 'op ' || op_id, told::bigint, found::bigint
from undone
join ops on ops.id = op_id
left join refunds on refunds.ref_id = op_id
left join clawed on clawed.ref_id = op_id
cross join lateral (values
    (
        least(undone.fen, principal_fen + bonus_fen),
        case when kind in (5, 7) then coalesce(refunds.fen, 0) else coalesce(taken + as_debt, 0) end
    ),
    (owed_fen, coalesce(as_debt, 0))
) as side (told, found)
where told <> found

-- name: check_after_expiry
select 'lot ' || lot_id, 0::bigint, fen
from draws
join lots on lots.id = lot_id
join ops on ops.id = op_id
where kind = 5 and recorded_at >= expires_at

-- name: check_leaves
select 'op ' || coalesce(id, subject), (id is not null)::int::bigint, (subject is not null)::int::bigint
from ops full join (select subject from audit_leaves where get_byte(body, 1) = 1) as leaf on subject = id
where id is null or subject is null
