-- What the curator decided of a record, each time that it came.
SELECT
    decision,
    target,
    task_version AS taskVersion,
    duplicate_of AS duplicateOf,
    matched_by   AS matchedBy,
    similarity,
    reason,
    detail,
    decided_at   AS decidedAt,
    event_id     AS eventId
FROM samples
WHERE task = {task:String} AND record_id = {recordId:String}
ORDER BY decided_at, event_id
LIMIT 100
