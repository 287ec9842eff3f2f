-- Simulated and real data never share a database: docs/spec/store.md, "The mark".

-- What the books hold: written once, with the first data, and never changed.
create table books_mark (
    only_row boolean primary key default true check (only_row),
    data text not null check (data in ('simulated', 'real')),
    marked_at timestamptz not null
);

-- Books that are older than the mark: the ids of a simulated platform say so themselves.
insert into books_mark (data, marked_at)
select case when exists (select from requests where key ~ '^(opening of )?SIM-') then 'simulated' else 'real' end, now()
where exists (select from ops);

-- Whether a head says so, in the text that is signed.
alter table audit_seals add column simulated boolean not null default false;
