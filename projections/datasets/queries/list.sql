-- Datasets, the newest first.
SELECT
    dataset_id   AS datasetId,
    model,
    task,
    status,
    extends,
    content_hash AS contentHash,
    train,
    validation,
    test,
    reason,
    time
FROM datasets
WHERE model = coalesce({model:Nullable(String)}, model)
ORDER BY time DESC, dataset_id, event_id
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
