-- The history of a metric of some runs: each value once, in the order of steps. JSON has no NaN and no infinity: `special` names them.
SELECT
    run_id AS runId,
    if(isFinite(v), v, NULL) AS value,
    multiIf(isNaN(v), 'NaN', v > 0, 'Infinity', '-Infinity') AS special,
    timestamp,
    step
FROM
(
    SELECT DISTINCT run_id, tracked_metrics.value AS v, timestamp, step
    FROM tracked_metrics
    WHERE run_id IN {runIds:Array(String)}
      AND key = {key:String}
      AND step >= coalesce({from:Nullable(Int64)}, step)
      AND step <= coalesce({to:Nullable(Int64)}, step)
)
ORDER BY runId, step, timestamp, v
LIMIT {after:UInt64}, {limit:UInt64}
