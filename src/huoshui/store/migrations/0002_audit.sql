-- The audit log: docs/spec/audit.md.

-- One row an op, a decision batch or an admin act, written in its own transaction and never changed. `place` rises with
-- the id of that transaction, so that what a snapshot must have seen is a range; with `seq` it is the order of the log.
create table audit_leaves (
    place bigint not null check (place > 0),
    seq bigint generated always as identity (cache 100),
    subject uuid primary key,
    kind smallint not null,
    body bytea not null check (length(body) between 1 and 4096)
);

create index audit_leaves_order on audit_leaves (place, seq);

-- Tiles of 32 hashes of the tree; only the last tile of a level still grows.
create table audit_tiles (
    level smallint not null,
    tile bigint not null,
    hashes bytea not null check (length(hashes) between 32 and 1024 and length(hashes) % 32 = 0),
    primary key (level, tile)
);

-- Each head that was signed. Leaves with a place below `sealed_below` are in it.
create table audit_seals (
    size bigint primary key check (size > 0),
    sealed_below bigint not null unique,
    root bytea not null check (length(root) = 32),
    sealed_at timestamptz not null,
    public_key bytea not null,
    signature bytea not null
);

create table audit_cosignatures (
    size bigint not null references audit_seals (size),
    name text not null,
    key_id bytea not null check (length(key_id) = 4),
    signature bytea not null,
    primary key (size, name, key_id)
);

-- Keys that have signed heads. `endorsement` is the note by which the key before named this one.
create table audit_keys (
    public_key bytea primary key check (length(public_key) = 32),
    made_at timestamptz not null,
    endorsement text
);

-- One row: the edge of the tree, and what turns transaction ids into places. A restored copy counts its transactions
-- anew: its server's identifier is another one, and `base` is raised before anything more is sealed.
create table audit_head (
    only_row boolean primary key default true check (only_row),
    origin text not null,
    salt bytea not null check (length(salt) = 32),
    base bigint not null,
    server bigint not null,
    size bigint not null,
    sealed_below bigint not null,
    peaks bytea not null
) with (fillfactor = 50);

insert into audit_head (origin, salt, base, server, size, sealed_below, peaks)
select 'huoshui/' || gen_random_uuid(), uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
       0, system_identifier, 0, 0, ''
from pg_control_system();
