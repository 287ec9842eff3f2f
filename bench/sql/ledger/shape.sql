-- The peer of a grant in one row: everything that its op and its lot store, a primary key and one index.
create table shape (
    id uuid primary key,
    user_id uuid not null,
    campaign_id uuid not null,
    ref_id uuid,
    asked_fen bigint not null,
    principal_fen bigint not null check (principal_fen >= 0),
    bonus_fen bigint not null check (bonus_fen >= 0),
    debt_fen bigint not null check (debt_fen >= 0),
    happened_at timestamptz not null,
    recorded_at timestamptz not null,
    body bigint not null,
    kind smallint not null,
    code smallint not null check (code = 0 or principal_fen + bonus_fen + debt_fen = 0),
    effective_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > effective_at),
    granted_fen bigint not null check (granted_fen > 0),
    remaining_fen bigint not null check (remaining_fen between 0 and granted_fen),
    held_fen bigint not null check (held_fen between 0 and remaining_fen),
    spent_fen bigint not null check (spent_fen between 0 and granted_fen - remaining_fen),
    priority smallint not null,
    restriction smallint not null,
    open boolean not null check (open = (remaining_fen > 0))
);

create index shape_user on shape (user_id);
