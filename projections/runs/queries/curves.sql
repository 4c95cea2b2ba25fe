-- Metrics of some runs over steps, in no more than `points` buckets of equal width, the same for all: the least, the greatest and the
-- mean value of each bucket, so that no extreme is lost. What is no finite number is counted in `missing`.
-- A run that was not trained has the epochs of the one whose result it has.
WITH
    asked AS
    (
        SELECT run_id, run_id AS trained
        FROM (SELECT arrayJoin({runIds:Array(String)}) AS run_id)
        UNION ALL
        SELECT run_id, reused_from
        FROM reused_runs
        WHERE run_id IN {runIds:Array(String)}
    ),
    own_epochs AS
    (
        SELECT asked.run_id AS run_id, epoch, train_loss, validation
        FROM epochs
        INNER JOIN asked ON asked.trained = epochs.run_id
        WHERE epochs.run_id IN (SELECT trained FROM asked)
    ),
    all_values AS
    (
        SELECT run_id, 'training loss' AS metric, toInt64(epoch) AS step, train_loss AS value
        FROM own_epochs
        WHERE has({metrics:Array(String)}, 'training loss')
        UNION ALL
        SELECT run_id, concat('validation ', name) AS metric, toInt64(epoch), of
        FROM own_epochs
        ARRAY JOIN mapKeys(validation) AS name, mapValues(validation) AS of
        WHERE has({metrics:Array(String)}, concat('validation ', name))
        UNION ALL
        SELECT run_id, key, step, tracked_metrics.value
        FROM tracked_metrics
        WHERE run_id IN {runIds:Array(String)} AND key IN {metrics:Array(String)}
    ),
    wanted AS
    (
        SELECT run_id, metric, step AS at, value
        FROM all_values
        WHERE step >= coalesce({from:Nullable(Int64)}, step) AND step <= coalesce({to:Nullable(Int64)}, step)
    ),
    (SELECT min(at) FROM wanted) AS first,
    (SELECT max(at) FROM wanted) AS last,
    greatest(toInt64(1), toInt64(ceil((toFloat64(last) - toFloat64(first) + 1) / {points:UInt32}))) AS width
SELECT
    run_id                                      AS runId,
    metric,
    first + intDiv(at - first, width) * width   AS step,
    minOrNullIf(value, isFinite(value))         AS least,
    maxOrNullIf(value, isFinite(value))         AS most,
    avgOrNullIf(value, isFinite(value))         AS mean,
    count()                                     AS values,
    countIf(NOT isFinite(value))                AS missing,
    any(width)                                  AS bucket
FROM wanted
GROUP BY runId, metric, step
ORDER BY indexOf({runIds:Array(String)}, runId), indexOf({metrics:Array(String)}, metric), step
