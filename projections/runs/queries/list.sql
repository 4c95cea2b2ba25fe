-- Training runs but the trials of searches, the newest first; `after`: when the last one before was requested, started and ended (empty: it was not), its id.
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
    started_at   AS startedAt,
    ended_at     AS endedAt
FROM runs
WHERE ({model:Nullable(String)} IS NULL OR model = {model:Nullable(String)})
  AND search_id IS NULL
  AND status = coalesce({status:Nullable(String)}, status)
  AND (empty({after:Array(String)})
       OR (coalesce(requested_at, started_at, ended_at), run_id)
            < (parseDateTime64BestEffortOrZero(arrayFirst(time -> time != '', {after:Array(String)}), 3, 'UTC'), {after:Array(String)}[4]))
ORDER BY coalesce(requested_at, started_at, ended_at) DESC, run_id DESC
LIMIT {limit:UInt32}
