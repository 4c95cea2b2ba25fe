-- Training runs, the newest first.
SELECT
    run_id       AS runId,
    status,
    model,
    dataset_id   AS datasetId,
    engine,
    epochs,
    seconds,
    reason,
    requested_at AS requestedAt,
    ended_at     AS endedAt
FROM runs
WHERE ({model:Nullable(String)} IS NULL OR model = {model:Nullable(String)})
  AND status = coalesce({status:Nullable(String)}, status)
ORDER BY coalesce(requested_at, started_at, ended_at) DESC, run_id
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
