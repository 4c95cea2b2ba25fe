-- Which curves a run has: the losses and metrics of its epochs, and those that a tracking client logged. `value` is that of the last step.
-- A run that was not trained has the epochs of the one whose result it has.
WITH coalesce((SELECT anyOrNull(reused_from) FROM reused_runs WHERE run_id = {runId:String}), {runId:String}) AS trained
SELECT
    metric,
    count()                                 AS points,
    min(step)                               AS first,
    max(step)                               AS last,
    minOrNullIf(own, isFinite(own))         AS least,
    maxOrNullIf(own, isFinite(own))         AS most,
    argMaxOrNullIf(own, (step, timestamp), isFinite(own)) AS value
FROM
(
    SELECT 'training loss' AS metric, toInt64(epoch) AS step, toInt64(0) AS timestamp, train_loss AS own
    FROM epochs
    WHERE run_id = trained
    UNION ALL
    SELECT concat('validation ', name), toInt64(epoch), toInt64(0), of
    FROM epochs
    ARRAY JOIN mapKeys(validation) AS name, mapValues(validation) AS of
    WHERE run_id = trained
    UNION ALL
    SELECT key, step, timestamp, tracked_metrics.value
    FROM tracked_metrics
    WHERE run_id = {runId:String}
)
GROUP BY metric
ORDER BY metric
LIMIT 1000
