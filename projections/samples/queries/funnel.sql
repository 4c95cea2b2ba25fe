-- How many records of a task came as far as each step: by step and what decided. A record that came more than once counts once, as it was decided last.
SELECT step, what, toUInt32(count()) AS records
FROM
(
    SELECT 'unreadable' AS step, any(code) AS what
    FROM rejected_records
    WHERE task = {task:String}
    GROUP BY collection_id, line
    UNION ALL
    SELECT
        argMax(decision, (decided_at, event_id)) AS step,
        coalesce(argMax(if(decision = 'deduplicated', matched_by, reason), (decided_at, event_id)), '') AS what
    FROM samples
    WHERE task = {task:String} AND coalesce(reason, '') != 'superseded' -- an older revision changes nothing
    GROUP BY record_id
)
GROUP BY step, what
ORDER BY step, records DESC, what
LIMIT 1000
