-- A training run; of one that a tracking client logged, its parameters and the last values of its metrics that are numbers.
WITH
    (
        SELECT mapFromArrays(groupArray(name), groupArray(toJSONString(first)))
        FROM
        (
            SELECT name, argMin(given, offset) AS first
            FROM tracked_run_steps
            ARRAY JOIN mapKeys(params) AS name, mapValues(params) AS given
            WHERE run_id = {runId:String}
            GROUP BY name
        )
    ) AS tracked_params,
    (
        SELECT mapFromArrays(groupArray(key), groupArray(last))
        FROM
        (
            SELECT key, argMax(value, (step, timestamp, value)) AS last
            FROM tracked_metrics
            WHERE run_id = {runId:String} AND isFinite(value)
            GROUP BY key
        )
    ) AS tracked_metrics_now,
    (SELECT mapFromArrays(groupArray(key), groupArray(assumeNotNull(value))) FROM run_tags WHERE run_id = {runId:String}) AS tags_now
SELECT
    run_id        AS runId,
    status,
    model,
    dataset_id    AS datasetId,
    engine,
    seed,
    from_version  AS fromVersion,
    mapConcat(runs.params, tracked_params) AS params,
    mapConcat(runs.metrics, tracked_metrics_now) AS metrics,
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
    (SELECT anyOrNull(reused_from) FROM reused_runs WHERE run_id = {runId:String}) AS reusedFrom,
    tags_now      AS tags,
    requested_at  AS requestedAt,
    started_at    AS startedAt,
    ended_at      AS endedAt
FROM runs
WHERE run_id = {runId:String}
