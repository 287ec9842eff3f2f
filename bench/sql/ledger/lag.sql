-- How old the oldest leaf is that is in no head yet, in seconds.
select coalesce((
    select extract(epoch from clock_timestamp() - op.recorded_at)
    from audit_head as head, audit_leaves as leaf, ops as op
    where leaf.place >= head.sealed_below and op.id = leaf.subject
    order by leaf.place limit 1), 0);
