-- Bytes on disk, indexes included.
select sum(pg_total_relation_size(name::regclass))::bigint from unnest(%(tables)s::text[]) as given (name);
