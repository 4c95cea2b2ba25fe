-- A training run.
SELECT
    run_id        AS runId,
    status,
    model,
    dataset_id    AS datasetId,
    engine,
    seed,
    from_version  AS fromVersion,
    params,
    metrics,
    primary_metric AS primaryMetric,
    content_hash  AS contentHash,
    package,
    model_hash    AS modelHash,
    epochs,
    best_epoch    AS bestEpoch,
    stopped_early AS stoppedEarly,
    seconds,
    code,
    reason,
    search_id     AS searchId,
    requested_at  AS requestedAt,
    started_at    AS startedAt,
    ended_at      AS endedAt
FROM runs
WHERE run_id = {runId:String}
