-- Versions of a model that were measured beside another one on the same samples, the newest first; of one version in either
-- role, of one pair, or by one evaluation where they are named; `after`: time, id, event id of the last one before.
SELECT
    evaluation_id                    AS evaluationId,
    baseline_version                 AS baseline,
    candidate,
    dataset_id                       AS datasetId,
    data_artifact                    AS data,
    samples,
    primary_metric                   AS primaryMetric,
    metrics[primary_metric]          AS value,
    baseline_metrics[primary_metric] AS baselineValue,
    time,
    event_id                         AS eventId,
    topic,
    partition,
    offset
FROM
(
    SELECT measured.*, coalesce(measured.version, nullIf(trained.version, '')) AS candidate
    FROM
    (
        SELECT * FROM evaluations
        WHERE model = {model:String} AND status = 'completed' AND baseline_version IS NOT NULL
          AND evaluation_id = coalesce({evaluationId:Nullable(String)}, evaluation_id)
    ) AS measured
    -- what is measured in a training has no version yet
    LEFT JOIN
    (
        SELECT evaluation_id, min(version) AS version FROM versions WHERE model = {model:String} GROUP BY evaluation_id
    ) AS trained ON measured.evaluation_id = trained.evaluation_id
)
WHERE candidate IS NOT NULL
  AND ({version:Nullable(String)} IS NULL OR {version:Nullable(String)} IN (candidate, baseline_version))
  AND candidate = coalesce({candidate:Nullable(String)}, candidate)
  AND baseline_version = coalesce({baseline:Nullable(String)}, baseline_version)
  AND (empty({after:Array(String)})
       OR (time, evaluation_id, event_id) < (parseDateTime64BestEffortOrZero({after:Array(String)}[1], 3, 'UTC'), {after:Array(String)}[2], {after:Array(String)}[3]))
ORDER BY time DESC, evaluation_id DESC, event_id DESC
LIMIT {limit:UInt32}
