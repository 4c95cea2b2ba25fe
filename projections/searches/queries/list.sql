-- Searches, the newest first; `after`: when the last one before started, its id.
SELECT
    search_id  AS searchId,
    status,
    model,
    engine,
    dataset_id AS datasetId,
    metric,
    direction,
    outcome,
    best,
    value,
    completed,
    pruned,
    failed,
    reason,
    started_at AS startedAt,
    ended_at   AS endedAt
FROM searches
WHERE ({model:Nullable(String)} IS NULL OR model = {model:Nullable(String)})
  AND status = coalesce({status:Nullable(String)}, status)
  AND (empty({after:Array(String)})
       OR (started_at, search_id)
            < (parseDateTime64BestEffortOrZero({after:Array(String)}[1], 3, 'UTC'), {after:Array(String)}[2]))
ORDER BY started_at DESC, search_id DESC
LIMIT {limit:UInt32}
