-- Datasets, the newest first; `after`: time, id, event id of the last one before.
SELECT
    dataset_id   AS datasetId,
    model,
    task,
    status,
    extends,
    artifact,
    content_hash AS contentHash,
    train,
    validation,
    test,
    reason,
    time,
    event_id AS eventId
FROM datasets
WHERE model = coalesce({model:Nullable(String)}, model)
  AND (empty({after:Array(String)})
       OR (time, dataset_id, event_id) < (parseDateTime64BestEffortOrZero({after:Array(String)}[1], 3, 'UTC'), {after:Array(String)}[2], {after:Array(String)}[3]))
ORDER BY time DESC, dataset_id DESC, event_id DESC
LIMIT {limit:UInt32}
