-- The audit log: leaves in, heads and proofs out.

-- name: append_leaves
-- A place below what is sealed would never be sealed: it becomes null, and the transaction fails.
insert into audit_leaves (place, subject, kind, body)
select case when head.base + mine.xid >= head.sealed_below then head.base + mine.xid end,
       given.subject, given.kind, given.body
from audit_head as head,
     (select pg_current_xact_id()::text::bigint as xid offset 0) as mine,
     unnest(%(subjects)s::uuid[], %(kinds)s::smallint[], %(bodies)s::bytea[]) as given (subject, kind, body);

-- name: log_identity
select head.origin, head.salt, head.server = control.system_identifier as same_server
from audit_head as head, pg_control_system() as control;

-- name: lock_log
lock table audit_head in access exclusive mode;

-- name: begin_on_another_server
update audit_head
set server = (select system_identifier from pg_control_system()),
    base = greatest(
        base, sealed_below - mine.xid, (select coalesce(max(place), 0) + 1 from audit_leaves) - mine.xid)
from (select pg_current_xact_id()::text::bigint as xid) as mine;

-- name: is_anything_unsealed
-- By the end of the index: what is unsealed lies at the end of the table, where a scan comes last.
select coalesce((select max(place) from audit_leaves) >= sealed_below, false) from audit_head;

-- name: read_in_order
-- By the index, whatever the planner knows of a table that grows all the time: never a sort of all that waits.
select set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true),
       set_config('enable_seqscan', 'off', true);

-- name: lock_head
select size, sealed_below, peaks, now() as at,
    exists (select from books_mark where data = 'simulated') as simulated
from audit_head for no key update;

-- name: seal_horizon
-- Every transaction below the snapshot's xmin is over: what it wrote is seen by all later statements.
select base + pg_snapshot_xmin(pg_current_snapshot())::text::bigint from audit_head;

-- name: bodies_between
-- As few values as can be: how many leaves, the places of the first and the last, their lengths, their bytes.
select count(*), min(place), max(place),
       string_agg(int4send(length(body)), ''::bytea), string_agg(body, ''::bytea)
from (select place, seq, body from audit_leaves
      where place >= %(begin)s and place < %(end)s order by place, seq limit %(leaves_max)s) as leaf;

-- name: add_to_tiles
insert into audit_tiles as held (level, tile, hashes)
select * from unnest(%(levels)s::smallint[], %(tiles)s::bigint[], %(hashes)s::bytea[])
on conflict (level, tile) do update set hashes = held.hashes || excluded.hashes;

-- name: add_seal
insert into audit_seals (size, sealed_below, root, sealed_at, public_key, signature, simulated)
values (%(size)s, %(sealed_below)s, %(root)s, %(at)s, %(public_key)s, %(signature)s, %(simulated)s);

-- name: move_head
update audit_head set size = %(size)s, sealed_below = %(sealed_below)s, peaks = %(peaks)s;

-- name: log_time
select now();

-- name: add_key
insert into audit_keys (public_key, made_at, endorsement) values (%(public_key)s, now(), %(endorsement)s)
on conflict do nothing;

-- name: keys
select public_key, endorsement from audit_keys order by made_at;

-- name: last_seal
select head.origin, seal.size, seal.root, seal.sealed_at, seal.public_key, seal.signature, seal.simulated
from audit_head as head, audit_seals as seal
order by seal.size desc limit 1;

-- name: seal_of_size
select head.origin, seal.size, seal.root, seal.sealed_at, seal.public_key, seal.signature, seal.simulated
from audit_head as head, audit_seals as seal
where seal.size = %(size)s;

-- name: cosignatures
select name, key_id, signature from audit_cosignatures where size = %(size)s order by name;

-- name: add_cosignature
insert into audit_cosignatures (size, name, key_id, signature)
values (%(size)s, %(name)s, %(key_id)s, %(signature)s)
on conflict (size, name, key_id) do update set signature = excluded.signature;

-- name: leaf_of
-- Its number: the leaves of all seals before its own, and those of its own seal that stand before it.
select leaf.body,
       before.size + (
           select count(*) from audit_leaves as other
           where other.place >= before.sealed_below
             and (other.place, other.seq) < (leaf.place, leaf.seq)) as number,
       leaf.place < head.sealed_below as sealed
from audit_leaves as leaf, audit_head as head,
     lateral (
         select * from (
             select size, sealed_below from audit_seals where sealed_below <= leaf.place
             union all select 0, 0) as all_before
         order by sealed_below desc limit 1) as before
where leaf.subject = %(subject)s;

-- name: tiles
select level, tile, hashes from audit_tiles
where (level, tile) in (select * from unnest(%(levels)s::smallint[], %(tiles)s::bigint[]));

-- name: unsealed
select count(*) as leaves, min(place) as first
from audit_leaves, audit_head where place >= sealed_below;

-- name: check_in_one_view
set transaction isolation level repeatable read, read only;

-- name: check_without_limit
set local statement_timeout = 0;

-- name: head_row
select size, sealed_below, peaks, exists (select from books_mark where data = 'simulated') as simulated from audit_head;

-- name: seals_after
select size, sealed_below, root, public_key, signature, simulated from audit_seals
where size > %(size)s order by size limit %(seals_max)s;

-- name: rows_between
select place, subject, body from audit_leaves
where place >= %(begin)s and place < %(end)s order by place, seq;

-- name: leaf_tiles
select tile, hashes from audit_tiles
where level = 0 and tile between %(first)s and %(last)s order by tile;

-- name: logged_ops
-- Whole columns, each as one value: the place of each op among the ids given, then what its leaf is made of.
select string_agg(int8send(nth), ''::bytea),
       string_agg(uuid_send(id), ''::bytea), string_agg(uuid_send(debit_id), ''::bytea),
       string_agg(uuid_send(credit_id), ''::bytea),
       string_agg(uuid_send(coalesce(ref_id, '00000000-0000-0000-0000-000000000000')), ''::bytea),
       string_agg(int8send(asked_fen), ''::bytea), string_agg(int8send(principal_fen), ''::bytea),
       string_agg(int8send(bonus_fen), ''::bytea), string_agg(int8send(debt_fen), ''::bytea),
       string_agg(timestamptz_send(happened_at), ''::bytea), string_agg(timestamptz_send(recorded_at), ''::bytea),
       string_agg(int8send(kind), ''::bytea), string_agg(int8send(code), ''::bytea)
from unnest(%(ids)s::uuid[]) with ordinality as asked (op_id, nth) join ops on id = op_id;

-- name: granted_terms
-- A grant and the lot it made have one id. Columns as above.
select string_agg(int8send(nth), ''::bytea),
       string_agg(timestamptz_send(effective_at), ''::bytea), string_agg(timestamptz_send(expires_at), ''::bytea),
       string_agg(int8send(restriction), ''::bytea), string_agg(int8send(priority), ''::bytea)
from unnest(%(ids)s::uuid[]) with ordinality as asked (lot_id, nth) join lots on id = lot_id;

-- name: leaves_of
select subject, body from audit_leaves where subject = any (%(subjects)s);

-- name: unlogged_ops
-- An op and its leaf are written in one transaction.
select op.id from ops as op
where not exists (select from audit_leaves as leaf where leaf.subject = op.id)
limit %(ops_max)s;
