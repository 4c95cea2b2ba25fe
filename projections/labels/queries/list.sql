-- Changes of the labels of samples, the newest first; `after`: when the last one before was made, the id of its event.
SELECT
    task,
    record_id    AS recordId,
    change,
    target,
    previous,
    original,
    requested_by AS requestedBy,
    explanation,
    confidence,
    dataset_id   AS datasetId,
    changed_at   AS changedAt,
    event_id     AS eventId
FROM label_changes
WHERE ({task:Nullable(String)} IS NULL OR task = {task:Nullable(String)})
  AND ({recordId:Nullable(String)} IS NULL OR record_id = {recordId:Nullable(String)})
  AND ({annotator:Nullable(String)} IS NULL OR requested_by = {annotator:Nullable(String)})
  AND ({change:Nullable(String)} IS NULL OR change = {change:Nullable(String)})
  AND (empty({after:Array(String)})
       OR (changed_at, event_id)
            < (parseDateTime64BestEffortOrZero({after:Array(String)}[1], 3, 'UTC'), {after:Array(String)}[2]))
ORDER BY changed_at DESC, event_id DESC
LIMIT {limit:UInt32}
