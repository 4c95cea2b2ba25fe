-- Records that repeat others, the newest decision first; `after`: when the last one before was decided, the id of its event.
SELECT
    record_id    AS recordId,
    duplicate_of AS duplicateOf,
    matched_by   AS matchedBy,
    similarity,
    decided_at   AS decidedAt,
    event_id     AS eventId
FROM samples
WHERE task = {task:String}
  AND decision = 'deduplicated'
  AND ({matchedBy:Nullable(String)} IS NULL OR matched_by = {matchedBy:Nullable(String)})
  AND (empty({after:Array(String)})
       OR (decided_at, event_id)
            < (parseDateTime64BestEffortOrZero({after:Array(String)}[1], 3, 'UTC'), {after:Array(String)}[2]))
ORDER BY decided_at DESC, event_id DESC
LIMIT {limit:UInt32}
