-- The history of a metric of some runs at no more than {most} steps, which are spread evenly over all steps of all these runs; the first and
-- the last step of each run are always among them. JSON has no NaN and no infinity: `special` names them.
WITH
    wanted AS
    (
        SELECT DISTINCT run_id, tracked_metrics.value AS v, timestamp, step
        FROM tracked_metrics
        WHERE run_id IN {runIds:Array(String)}
          AND key = {key:String}
          AND step >= coalesce({from:Nullable(Int64)}, step)
          AND step <= coalesce({to:Nullable(Int64)}, step)
    ),
    (SELECT arraySort(groupUniqArray(step)) FROM wanted) AS steps,
    (SELECT arrayDistinct(groupArrayArray([first, last])) FROM (SELECT min(step) AS first, max(step) AS last FROM wanted GROUP BY run_id)) AS ends,
    arrayMap(i -> steps[intDiv(i * length(steps), {most:UInt64}) + 1], range({most:UInt64})) AS spread
SELECT
    run_id AS runId,
    if(isFinite(v), v, NULL) AS value,
    multiIf(isNaN(v), 'NaN', v > 0, 'Infinity', '-Infinity') AS special,
    timestamp,
    step
FROM wanted
WHERE length(steps) <= {most:UInt64} OR has(arrayConcat(spread, ends), step)
ORDER BY indexOf({runIds:Array(String)}, runId), step, timestamp, v
LIMIT {limit:UInt64}
