-- The runs of list, narrower where it is asked for, with the names that tracking clients gave, hyperparameters and metrics; a run is found by its name too.
WITH
    page AS
    (
        SELECT *
        FROM runs
        WHERE ({model:Nullable(String)} IS NULL OR model = {model:Nullable(String)})
          AND search_id IS NULL
          AND status = coalesce({status:Nullable(String)}, status)
          AND ({engine:Nullable(String)} IS NULL OR engine = {engine:Nullable(String)})
          AND ({datasetId:Nullable(String)} IS NULL OR dataset_id = {datasetId:Nullable(String)})
          AND ({text:Nullable(String)} IS NULL
               OR positionCaseInsensitiveUTF8(run_id, coalesce({text:Nullable(String)}, '')) > 0
               OR run_id IN
               (
                   SELECT run_id
                   FROM tracked_runs
                   WHERE positionCaseInsensitiveUTF8(coalesce(name, ''), coalesce({text:Nullable(String)}, '')) > 0
               ))
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
    ),
    logged AS
    (
        SELECT run_id, mapFromArrays(groupArray(key), groupArray(last)) AS values
        FROM
        (
            SELECT run_id, key, argMax(tracked_metrics.value, (step, timestamp, tracked_metrics.value)) AS last
            FROM tracked_metrics
            WHERE run_id IN (SELECT run_id FROM page) AND isFinite(tracked_metrics.value)
            GROUP BY run_id, key
        )
        GROUP BY run_id
    ),
    named AS
    (
        SELECT run_id, name AS given, mapApply((key, value) -> (key, toJSONString(value)), params) AS texts
        FROM tracked_runs
        WHERE run_id IN (SELECT run_id FROM page)
    )
SELECT
    page.run_id       AS runId,
    page.status       AS status,
    page.model        AS model,
    page.dataset_id   AS datasetId,
    page.engine       AS engine,
    page.epochs       AS epochs,
    page.seconds      AS seconds,
    page.reason       AS reason,
    page.requested_at AS requestedAt,
    page.started_at   AS startedAt,
    page.ended_at     AS endedAt,
    named.given       AS name,
    page.seed         AS seed,
    page.primary_metric AS primaryMetric,
    mapConcat(page.metrics, logged.values) AS metrics,
    mapConcat(page.params, named.texts)    AS params
FROM page
LEFT JOIN logged ON logged.run_id = page.run_id
LEFT JOIN named ON named.run_id = page.run_id
ORDER BY coalesce(page.requested_at, page.started_at, page.ended_at) DESC, page.run_id DESC
