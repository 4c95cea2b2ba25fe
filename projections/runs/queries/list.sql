-- Training runs but the trials of searches, the newest first; `tag`: with this `name=value`; `project`: of this project; `after`: when the last one before was requested, started and ended (empty: it was not), its id.
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
  AND ({tag:Nullable(String)} IS NULL
       OR run_id IN (SELECT run_id FROM run_tags WHERE concat(key, '=', assumeNotNull(value)) = {tag:Nullable(String)}))
  AND ({project:Nullable(String)} IS NULL
       OR run_id IN (SELECT run_id FROM run_tags WHERE key = 'project' AND value = {project:Nullable(String)})
       OR run_id IN (SELECT run_id FROM tracked_run_steps WHERE type = 'TrackedRunStarted'
                       AND experiment_id IN (SELECT experiment_id FROM tracked_experiments WHERE name = {project:Nullable(String)})))
  AND (empty({after:Array(String)})
       OR (coalesce(requested_at, started_at, ended_at), run_id)
            < (parseDateTime64BestEffortOrZero(arrayFirst(time -> time != '', {after:Array(String)}), 3, 'UTC'), {after:Array(String)}[4]))
ORDER BY coalesce(requested_at, started_at, ended_at) DESC, run_id DESC
LIMIT {limit:UInt32}
