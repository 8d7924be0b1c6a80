-- On: commit, read, watch
SELECT u.unit_id, coalesce(u.parent_id, 0), u.level, coalesce(u.home_id, 0::smallint), u.closed, u.code, u.name, u.zone,
       coalesce(u.merged_into, 0)
FROM unit u ORDER BY u.unit_id
