-- The books: docs/spec/ledger.md. Amounts are fen. Every rule that core decides stands here once more as a CHECK.

create table accounts (
    id uuid primary key,
    kind text not null check (kind in (
        'outside', 'sales', 'source', 'pot', 'campaign', 'reserved', 'breakage', 'debt', 'agent', 'fee', 'reserve', 'legacy')),
    name text not null,
    parent_id uuid references accounts (id),
    floor_fen bigint not null,
    principal_fen bigint not null default 0 check (principal_fen >= floor_fen),
    bonus_fen bigint not null default 0 check (bonus_fen >= floor_fen),
    debt_fen bigint not null default 0,
    opened_at timestamptz not null
) with (fillfactor = 10);

create table wallets (
    user_id uuid primary key,
    principal_fen bigint not null default 0,
    bonus_fen bigint not null default 0,
    principal_held_fen bigint not null default 0 check (principal_held_fen between 0 and principal_fen),
    bonus_held_fen bigint not null default 0 check (bonus_held_fen between 0 and bonus_fen),
    debt_fen bigint not null default 0 check (debt_fen >= 0)
) with (fillfactor = 70);

-- One row carries both legs. A refused op keeps its code and moves nothing.
create table ops (
    id uuid primary key,
    debit_id uuid not null,
    credit_id uuid not null,
    ref_id uuid,
    asked_fen bigint not null,
    principal_fen bigint not null check (principal_fen >= 0),
    bonus_fen bigint not null check (bonus_fen >= 0),
    debt_fen bigint not null check (debt_fen >= 0),
    happened_at timestamptz not null,
    recorded_at timestamptz not null,
    body bigint not null,
    kind smallint not null,
    code smallint not null check (code = 0 or principal_fen + bonus_fen + debt_fen = 0)
);

create view legs as
select id as op_id, debit_id as party_id, recorded_at, -principal_fen as principal_fen, -bonus_fen as bonus_fen, -debt_fen as debt_fen
from ops where code = 0 and principal_fen + bonus_fen + debt_fen > 0
union all
select id, credit_id, recorded_at, principal_fen, bonus_fen, debt_fen
from ops where code = 0 and principal_fen + bonus_fen + debt_fen > 0;

create table requests (
    source text not null,
    key text not null,
    op_id uuid not null,
    primary key (source, key)
);

create table lots (
    id uuid primary key,
    user_id uuid not null,
    campaign_id uuid not null,
    effective_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > effective_at),
    created_at timestamptz not null,
    granted_fen bigint not null check (granted_fen > 0),
    remaining_fen bigint not null check (remaining_fen between 0 and granted_fen),
    held_fen bigint not null check (held_fen between 0 and remaining_fen),
    spent_fen bigint not null check (spent_fen between 0 and granted_fen - remaining_fen),
    priority smallint not null,
    restriction smallint not null,
    open boolean not null check (open = (remaining_fen > 0))
) with (fillfactor = 90);

create index lots_open on lots (user_id) where open;
create index lots_due on lots (expires_at) where open;

create table draws (
    op_id uuid not null,
    lot_id uuid not null,
    fen bigint not null check (fen <> 0),
    seq smallint not null,
    primary key (op_id, seq)
);

create table holds (
    id uuid primary key,
    user_id uuid not null,
    principal_fen bigint not null check (principal_fen >= 0),
    bonus_fen bigint not null check (bonus_fen >= 0),
    ends_at timestamptz not null,
    ended_by uuid,
    purpose smallint not null check (purpose in (1, 2)),
    state smallint not null check (state between 0 and 3),
    check ((state = 0) = (ended_by is null))
) with (fillfactor = 70);

create index holds_due on holds (ends_at) where state = 0;

create table hold_parts (
    hold_id uuid not null,
    lot_id uuid not null,
    fen bigint not null check (fen > 0),
    seq smallint not null,
    primary key (hold_id, seq)
);

create table reservations (
    id uuid primary key,
    user_id uuid not null,
    campaign_id uuid not null,
    fen bigint not null check (fen > 0),
    ends_at timestamptz not null,
    effective_at timestamptz not null,
    expires_at timestamptz not null,
    ended_by uuid,
    priority smallint not null,
    restriction smallint not null,
    state smallint not null check (state between 0 and 3),
    check ((state = 0) = (ended_by is null))
) with (fillfactor = 70);

create index reservations_due on reservations (ends_at) where state = 0;

-- How much of a spend was refunded, of a grant clawed back (of it as debt: owed): the order of unwinding is fixed, so
-- the sum tells which parts.
create table undone (
    op_id uuid primary key,
    fen bigint not null check (fen > 0),
    owed_fen bigint not null check (owed_fen between 0 and fen)
);

create table approvals (
    id uuid primary key,
    subject text not null check (subject in ('pot', 'grant', 'clawback')),
    subject_id uuid not null,
    fen_max bigint not null check (fen_max > 0),
    old_fen bigint not null,
    new_fen bigint not null,
    reason text not null check (reason <> ''),
    asked_by text not null,
    asked_at timestamptz not null,
    agreed_by text,
    agreed_at timestamptz,
    used_by uuid,
    check ((agreed_by is null) = (agreed_at is null)),
    check (used_by is null or agreed_by is not null)
);

insert into accounts (id, kind, name, floor_fen, opened_at) values
    ('00000000-0000-0000-0000-000000000001', 'outside', '平台外的钱 · money outside', -4000000000000000000, now()),
    ('00000000-0000-0000-0000-000000000002', 'sales', '销售 · sales', -4000000000000000000, now()),
    ('00000000-0000-0000-0000-000000000003', 'source', '余额来源 · source of pots', -4000000000000000000, now()),
    ('00000000-0000-0000-0000-000000000004', 'reserved', '已预留 · reserved', 0, now()),
    ('00000000-0000-0000-0000-000000000005', 'breakage', '过期作废 · breakage', 0, now()),
    ('00000000-0000-0000-0000-000000000006', 'debt', '用户欠款 · debt of users', 0, now()),
    ('00000000-0000-0000-0000-000000000007', 'legacy', '历史余额 · legacy balance', -4000000000000000000, now());
