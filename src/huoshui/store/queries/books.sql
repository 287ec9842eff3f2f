-- The books: read under lock, write what core decided. docs/spec/ledger.md. Ids and times go out in binary, to be read as arrays.

-- name: begin_booking
-- Every statement here finds its rows by key: planned once for the connection, never by reading a whole table. Planning
-- anew costs a single op as much as doing it, and a plan made while a table was small would stay. What is switched off
-- counts as dear, up to version 17 dear enough to be compiled: never that.
select salt, timestamptz_send(clock_timestamp()), exists (select from books_mark),
    set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
    set_config('jit', 'off', true)
from audit_head

-- name: data_held
select data from books_mark

-- name: mark_books
insert into books_mark (data, marked_at) values (%(data)s, now()) on conflict do nothing

-- name: make_wallets
insert into wallets (user_id)
select user_id from unnest(%(users)s) as asked (user_id) order by 1
on conflict do nothing

-- name: lock_wallets
with locked as materialized (
    select * from wallets where user_id = any (%(users)s) order by user_id for update
)
select uuid_send(user_id), principal_fen, bonus_fen, principal_held_fen, bonus_held_fen, debt_fen
from locked

-- name: lock_accounts
with locked as materialized (
    select * from accounts where id = any (%(accounts)s) order by id for update
)
select uuid_send(id), principal_fen, bonus_fen, debt_fen, floor_fen, kind
from locked

-- name: clock
-- Read once every lock is held: of two ops on one wallet the later one never has the earlier time.
select timestamptz_send(clock_timestamp())

-- name: open_lots
select uuid_send(id), uuid_send(user_id), remaining_fen, held_fen, timestamptz_send(effective_at),
    timestamptz_send(expires_at), restriction, uuid_send(campaign_id), spent_fen, priority
from lots
where user_id = any (%(users)s) and open
order by user_id, priority, expires_at, created_at, id

-- name: lots_by_id
select uuid_send(id), uuid_send(user_id), remaining_fen, held_fen, timestamptz_send(effective_at),
    timestamptz_send(expires_at), restriction, uuid_send(campaign_id), spent_fen, priority
from lots
where id = any (%(lots)s)
order by user_id, priority, expires_at, created_at, id

-- name: ops_by_id
select uuid_send(id), kind, code, uuid_send(debit_id), uuid_send(credit_id), asked_fen, principal_fen, bonus_fen, debt_fen, body
from ops where id = any (%(ops)s)

-- name: requests_by_key
select source, key, uuid_send(op_id)
from requests
join unnest(%(sources)s::text[], %(keys)s::text[]) as asked (source, key) using (source, key)

-- name: holds_by_id
select uuid_send(id), uuid_send(user_id), principal_fen, bonus_fen, state, timestamptz_send(ends_at), purpose
from holds where id = any (%(holds)s)

-- name: hold_parts
select uuid_send(hold_id), uuid_send(lot_id), fen
from hold_parts where hold_id = any (%(holds)s) order by hold_id, seq

-- name: reservations_by_id
select uuid_send(id), uuid_send(user_id), uuid_send(campaign_id), fen, state, timestamptz_send(ends_at),
    timestamptz_send(effective_at), timestamptz_send(expires_at), priority, restriction
from reservations where id = any (%(reservations)s)

-- name: spends_by_id
select uuid_send(ops.id), uuid_send(debit_id), principal_fen, bonus_fen, coalesce(undone.fen, 0)
from ops left join undone on undone.op_id = ops.id
where ops.id = any (%(ops)s) and kind in (5, 7) and code = 0

-- name: draws_of
select uuid_send(op_id), uuid_send(lot_id), fen
from draws where op_id = any (%(ops)s) order by op_id, seq

-- name: granted_by_id
select uuid_send(lots.id), uuid_send(user_id), uuid_send(campaign_id), granted_fen, coalesce(undone.fen, 0),
    coalesce(undone.owed_fen, 0)
from lots left join undone on undone.op_id = lots.id
where lots.id = any (%(lots)s)

-- name: lock_approvals
select uuid_send(id), subject, uuid_send(subject_id), fen_max
from approvals
where id = any (%(approvals)s) and agreed_at is not null and used_by is null
order by id for update

-- name: use_approvals
update approvals set used_by = used.by
from unnest(%(id)s, %(by)s) as used (id, by)
where approvals.id = used.id

-- name: ask_approval
insert into approvals (id, subject, subject_id, fen_max, old_fen, new_fen, reason, asked_by, asked_at)
values (%(id)s, %(subject)s, %(subject_id)s, %(fen_max)s, %(old_fen)s, %(new_fen)s, %(reason)s, %(asked_by)s, %(now)s)
on conflict do nothing

-- name: approval
select id, subject, subject_id, fen_max, old_fen, new_fen, reason, asked_by, asked_at, agreed_by, agreed_at, used_by
from approvals where id = %(id)s for update

-- name: approvals
select id, subject, subject_id, fen_max, old_fen, new_fen, reason, asked_by, asked_at, agreed_by, agreed_at, used_by
from approvals order by id

-- name: agree
update approvals set agreed_by = %(agreed_by)s, agreed_at = %(now)s where id = %(id)s

-- name: insert_ops
insert into ops (id, debit_id, credit_id, ref_id, asked_fen, principal_fen, bonus_fen, debt_fen,
    happened_at, recorded_at, body, kind, code)
select id, debit_id, credit_id, nullif(ref_id, '00000000-0000-0000-0000-000000000000'), asked, principal, bonus, debt,
    happened_at, %(now)s, body, kind, code
from unnest(%(id)s, %(debit)s, %(credit)s, %(ref)s, %(asked)s, %(principal)s, %(bonus)s, %(debt)s,
    %(happened)s, %(body)s, %(kind)s, %(code)s)
    as op (id, debit_id, credit_id, ref_id, asked, principal, bonus, debt, happened_at, body, kind, code)
on conflict do nothing

-- name: insert_requests
insert into requests (source, key, op_id)
select * from unnest(%(sources)s::text[], %(keys)s::text[], %(ops)s) as request (source, key, op_id)
order by 1, 2
on conflict do nothing

-- name: insert_lots
insert into lots (id, user_id, campaign_id, effective_at, expires_at, created_at, granted_fen, remaining_fen, held_fen,
    spent_fen, priority, restriction, open)
-- Lots of one batch are made one after the other too: their order of burning is that of their items.
select id, user_id, campaign_id, effective_at, expires_at, %(now)s + place * interval '1 microsecond', granted, remaining,
    0, 0, priority, restriction, remaining > 0
from unnest(%(id)s, %(user)s, %(campaign)s, %(effective)s, %(expires)s, %(granted)s, %(remaining)s, %(priority)s,
    %(restriction)s)
    with ordinality as lot (id, user_id, campaign_id, effective_at, expires_at, granted, remaining, priority, restriction, place)

-- name: update_lots
update lots
set remaining_fen = now.remaining, held_fen = now.held, spent_fen = now.spent, open = now.remaining > 0
from unnest(%(id)s, %(remaining)s, %(held)s, %(spent)s) as now (id, remaining, held, spent)
where lots.id = now.id

-- name: update_wallets
update wallets
set principal_fen = now.principal, bonus_fen = now.bonus, principal_held_fen = now.principal_held,
    bonus_held_fen = now.bonus_held, debt_fen = now.debt
from unnest(%(user)s, %(principal)s, %(bonus)s, %(principal_held)s, %(bonus_held)s, %(debt)s)
    as now (user_id, principal, bonus, principal_held, bonus_held, debt)
where wallets.user_id = now.user_id

-- name: update_accounts
update accounts
set principal_fen = now.principal, bonus_fen = now.bonus, debt_fen = now.debt
from unnest(%(id)s, %(principal)s, %(bonus)s, %(debt)s) as now (id, principal, bonus, debt)
where accounts.id = now.id

-- name: insert_draws
insert into draws (op_id, lot_id, fen, seq)
select * from unnest(%(op)s, %(lot)s, %(fen)s, %(seq)s) as draw (op_id, lot_id, fen, seq)

-- name: insert_holds
insert into holds (id, user_id, principal_fen, bonus_fen, ends_at, purpose, state)
select *, 0 from unnest(%(id)s, %(user)s, %(principal)s, %(bonus)s, %(ends)s, %(purpose)s)
    as hold (id, user_id, principal, bonus, ends_at, purpose)

-- name: insert_hold_parts
insert into hold_parts (hold_id, lot_id, fen, seq)
select * from unnest(%(op)s, %(lot)s, %(fen)s, %(seq)s) as part (hold_id, lot_id, fen, seq)

-- name: end_holds
update holds set state = ended.state, ended_by = ended.by
from unnest(%(id)s, %(by)s, %(state)s) as ended (id, by, state)
where holds.id = ended.id

-- name: insert_reservations
insert into reservations (id, user_id, campaign_id, fen, ends_at, effective_at, expires_at, priority, restriction, state)
select *, 0
from unnest(%(id)s, %(user)s, %(campaign)s, %(fen)s, %(ends)s, %(effective)s, %(expires)s, %(priority)s, %(restriction)s)
    as reservation (id, user_id, campaign_id, fen, ends_at, effective_at, expires_at, priority, restriction)

-- name: end_reservations
update reservations set state = ended.state, ended_by = ended.by
from unnest(%(id)s, %(by)s, %(state)s) as ended (id, by, state)
where reservations.id = ended.id

-- name: upsert_undone
insert into undone (op_id, fen, owed_fen)
select * from unnest(%(op)s, %(fen)s, %(owed)s) as done (op_id, fen, owed_fen)
on conflict (op_id) do update set fen = excluded.fen, owed_fen = excluded.owed_fen

-- name: due_lots
select uuid_send(id), uuid_send(user_id)
from lots
where open and expires_at <= clock_timestamp() and remaining_fen > held_fen
order by expires_at
limit %(limit)s

-- name: due_holds
select uuid_send(id) from holds where state = 0 and ends_at <= clock_timestamp() order by ends_at limit %(limit)s

-- name: due_reservations
select uuid_send(id) from reservations where state = 0 and ends_at <= clock_timestamp() order by ends_at limit %(limit)s

-- name: open_account
insert into accounts (id, kind, name, parent_id, floor_fen, opened_at)
values (%(id)s, %(kind)s, %(name)s, %(parent)s, %(floor)s, clock_timestamp())
on conflict do nothing

-- name: account
select id, kind, name, parent_id, floor_fen, principal_fen, bonus_fen, debt_fen from accounts where id = %(id)s

-- name: wallet
select principal_fen, bonus_fen, principal_held_fen, bonus_held_fen, debt_fen from wallets where user_id = %(user)s

-- name: usable_bonus
select coalesce(sum(remaining_fen - held_fen), 0)::bigint
from lots
where user_id = %(user)s and open and effective_at <= clock_timestamp() and expires_at > clock_timestamp()

-- name: balances_at
select party_id, sum(principal_fen)::bigint, sum(bonus_fen)::bigint, sum(debt_fen)::bigint
from legs
where recorded_at <= %(at)s
group by party_id
