-- A dataset without its content, which is the artifact.
SELECT
    dataset_id   AS datasetId,
    model,
    task,
    status,
    extends,
    artifact,
    content_hash AS contentHash,
    seed,
    split,
    folds,
    fold,
    profile,
    labels,
    train,
    validation,
    test,
    balance,
    sources,
    code,
    reason,
    time,
    event_id     AS eventId
FROM datasets
WHERE dataset_id = {datasetId:String}
ORDER BY time DESC, event_id
LIMIT 1
