-- Closing a period: docs/spec/close.md.

-- name: one_snapshot
set transaction isolation level repeatable read;

-- name: no_time_limit
-- A year of ops takes longer to add up than any statement that somebody waits for at a till.
select set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true);

-- name: period_now
select now();

-- name: close_flows
select op.slot, op.kind,
    coalesce(debit.id::text, '') as debit, coalesce(credit.id::text, '') as credit,
    count(*)::bigint as ops,
    sum(op.principal_fen)::bigint, sum(op.bonus_fen)::bigint, sum(op.debt_fen)::bigint
from ops_placed(%(starts_at)s, %(ends_at)s, %(known_below)s, %(sealed_below)s) as op
left join accounts as debit on debit.id = op.debit_id
left join accounts as credit on credit.id = op.credit_id
where op.principal_fen + op.bonus_fen + op.debt_fen > 0
group by 1, 2, 3, 4
order by 1, 2, 3, 4;

-- name: close_lot_flows
select op.slot, op.kind, move.campaign_id::text, count(*)::bigint as ops, sum(move.fen)::bigint as fen
from lot_moves as move
join ops_placed(%(starts_at)s, %(ends_at)s, %(known_below)s, %(sealed_below)s) as op on op.id = move.op_id
group by 1, 2, 3
order by 1, 2, 3;

-- name: close_dues
with known as (
    select move.lot_id, move.campaign_id, move.expires_at, move.granted_fen, sum(move.fen)::bigint as fen
    from lot_moves as move
    join ops_placed(%(starts_at)s, %(ends_at)s, %(known_below)s, %(sealed_below)s) as op on op.id = move.op_id
    where op.slot <> 'after'
    group by 1, 2, 3, 4
)
select campaign_id::text, (expires_at at time zone %(zone)s)::date as expires_on,
    count(*)::bigint as lots, sum(fen)::bigint as fen,
    count(*) filter (where fen not between 0 and granted_fen)::bigint as strays,
    coalesce(sum(case when fen < 0 then -fen else fen - granted_fen end)
        filter (where fen not between 0 and granted_fen), 0)::bigint as strays_fen
from known
where fen <> 0
group by 1, 2
order by 1, 2;

-- name: close_accounts
select id::text as account_id, kind, name, principal_fen, bonus_fen, debt_fen from accounts order by kind, name, id;

-- name: close_wallets
select coalesce(sum(principal_fen), 0)::bigint, coalesce(sum(bonus_fen), 0)::bigint, coalesce(sum(debt_fen), 0)::bigint
from wallets;

-- name: close_approvals
select subject, subject_id::text as subject_id, fen_max, old_fen, new_fen, reason, asked_by, asked_at, agreed_by, agreed_at
from approvals
where asked_at < %(ends_at)s and coalesce(agreed_at, asked_at) >= %(starts_at)s
order by asked_at, id;

-- name: close_of
select period, id, starts_at, ends_at, size, sealed_below, root, figures, signed_by, reason, signed_at
from closes where period = %(period)s;

-- name: closes
select period, id, starts_at, ends_at, size, sealed_below, root, figures, signed_by, reason, signed_at
from closes order by ends_at;

-- name: last_close
select period, id, starts_at, ends_at, size, sealed_below, root, figures, signed_by, reason, signed_at
from closes order by ends_at desc limit 1;

-- name: close_before
select period, id, starts_at, ends_at, size, sealed_below, root, figures, signed_by, reason, signed_at
from closes where ends_at <= %(starts_at)s order by ends_at desc limit 1;

-- name: lock_closes
lock table closes in share row exclusive mode;

-- name: add_close
insert into closes
    (period, id, starts_at, ends_at, size, sealed_below, root, figures, signed_by, reason, signed_at)
values
    (%(period)s, %(id)s, %(starts_at)s, %(ends_at)s, %(size)s, %(sealed_below)s, %(root)s, %(figures)s,
     %(signed_by)s, %(reason)s, %(signed_at)s);

-- name: seal_for_close
select size, sealed_below, root from audit_seals order by size desc limit 1;

-- name: top_ups_booked
-- What the ledger booked as paid in within a period, by the key under which the shop or its channel knows it.
select coalesce(request.key, op.id::text) as key, op.principal_fen as fen
from ops_placed(%(starts_at)s, %(ends_at)s, %(known_below)s, %(sealed_below)s) as op
left join requests as request on request.op_id = op.id
where op.kind = %(kind)s and op.slot in ('period', 'late')
order by 1;

-- name: export_ops
select op.id::text, op.slot, op.kind, op.debit_id::text, op.credit_id::text,
    op.principal_fen, op.bonus_fen, op.debt_fen, (op.happened_at at time zone %(zone)s)::date
from ops_placed(%(starts_at)s, %(ends_at)s, %(known_below)s, %(sealed_below)s) as op
where op.principal_fen + op.bonus_fen + op.debt_fen > 0 and op.debit_id <> op.credit_id
order by op.happened_at, op.id;

-- name: export_wallets
select user_id::text, principal_fen, bonus_fen, debt_fen from wallets order by user_id;

-- name: party_changes
with changes as (
    select slot, debit_id as party, -principal_fen as principal, -bonus_fen as bonus, -debt_fen as debt
    from ops_placed(%(starts_at)s, %(ends_at)s, %(known_below)s, %(sealed_below)s)
    union all
    select slot, credit_id, principal_fen, bonus_fen, debt_fen
    from ops_placed(%(starts_at)s, %(ends_at)s, %(known_below)s, %(sealed_below)s)
)
select slot, party::text, sum(principal)::bigint, sum(bonus)::bigint, sum(debt)::bigint
from changes where slot in ('opening', 'after')
group by 1, 2;

-- name: balances_of
select user_id, principal_fen + bonus_fen from wallets where user_id = any (%(users)s);
