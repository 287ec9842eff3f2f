-- Closes of periods: docs/spec/close.md. A row is written once, at signing, and never changed.

create table closes (
    period text primary key check (period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    id uuid not null unique,
    starts_at timestamptz not null unique,
    ends_at timestamptz not null unique check (ends_at > starts_at),
    size bigint not null,
    sealed_below bigint not null,
    root bytea not null check (length(root) = 32),
    figures text not null,
    signed_by text not null check (btrim(signed_by) <> ''),
    reason text not null,
    signed_at timestamptz not null check (signed_at >= ends_at)
);

-- Where each op counts for a close of [starts_at, ends_at) that stands on the seal below `sealed_below`; what lies below
-- `known_below` was known to the close before. A plain select, so that the planner sees through it.
create function ops_placed(starts_at timestamptz, ends_at timestamptz, known_below bigint, sealed_below bigint)
returns table (
    id uuid, slot text, kind smallint, debit_id uuid, credit_id uuid,
    principal_fen bigint, bonus_fen bigint, debt_fen bigint, happened_at timestamptz, recorded_at timestamptz)
language sql stable
as $$
    select op.id,
        case
            when op.happened_at >= $2 or leaf.place is null or leaf.place >= $4 then 'after'
            when op.happened_at >= $1 then 'period'
            when leaf.place < $3 then 'opening'
            else 'late'
        end,
        op.kind, op.debit_id, op.credit_id, op.principal_fen, op.bonus_fen, op.debt_fen, op.happened_at, op.recorded_at
    from ops as op left join audit_leaves as leaf on leaf.subject = op.id
    where op.code = 0
$$;

-- What each op changed in a lot: the op that made it gave it all, every draw took from it.
create view lot_moves as
select id as op_id, id as lot_id, campaign_id, expires_at, granted_fen, granted_fen as fen from lots
union all
select draws.op_id, lots.id, lots.campaign_id, lots.expires_at, lots.granted_fen, -draws.fen
from draws join lots on lots.id = draws.lot_id;
