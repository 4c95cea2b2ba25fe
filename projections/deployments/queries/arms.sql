-- Candidate and production at a stage of a deployment, side by side: what was predicted in the same time. True labels count
-- as they were reported last. Latencies are in buckets, see ml/statistics/latency-sketch.ts.
WITH
    answered AS
    (
        SELECT *, bitShiftRight(reinterpretAsUInt64(latency_ms), 45) AS bucket
        FROM deployment_predictions
        WHERE deployment_id = {deploymentId:String}
          AND stage = {stage:UInt16}
          AND offset < {until:Map(String, UInt64)}[concat(topic, '/', toString(partition))]
    ),
    reported AS
    (
        SELECT request_id, argMax(label, offset) AS true_label
        FROM outcomes
        WHERE request_id IN (SELECT request_id FROM answered)
          AND offset < {until:Map(String, UInt64)}[concat(topic, '/', toString(partition))]
        GROUP BY request_id
    )
SELECT
    variant,
    any(version)                                                     AS version,
    count()                                                          AS predictions,
    countIf(failure IS NOT NULL)                                     AS failures,
    sumMapIf([bucket], [toUInt64(1)], failure IS NULL).1             AS latencyBuckets,
    sumMapIf([bucket], [toUInt64(1)], failure IS NULL).2             AS latencyCounts,
    sumMapIf([coalesce(label, '')], [toUInt64(1)], label IS NOT NULL).1 AS labels,
    sumMapIf([coalesce(label, '')], [toUInt64(1)], label IS NOT NULL).2 AS labelCounts,
    count(confidence)                                                AS confidences,
    sum(coalesce(confidence, 0))                                     AS confidenceSum,
    sum(coalesce(confidence, 0) * coalesce(confidence, 0))           AS confidenceSquares,
    countIf(label IS NOT NULL AND true_label IS NOT NULL)            AS labelled,
    countIf(label = true_label)                                      AS correct
FROM answered
LEFT JOIN reported USING (request_id)
GROUP BY variant
ORDER BY variant
