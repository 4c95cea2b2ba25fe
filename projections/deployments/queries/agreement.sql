-- A shadow, and what answered the same requests, side by side in the columns of `arms`; and how often they agree.
WITH
    shadowed AS
    (
        SELECT *
        FROM shadow_predictions
        WHERE deployment_id = {deploymentId:String}
          AND offset < {until:Map(String, UInt64)}[concat(topic, '/', toString(partition))]
    ),
    reported AS
    (
        SELECT request_id, argMax(label, offset) AS true_label
        FROM outcomes
        WHERE request_id IN (SELECT request_id FROM shadowed)
          AND offset < {until:Map(String, UInt64)}[concat(topic, '/', toString(partition))]
        GROUP BY request_id
    ),
    answers AS
    (
        SELECT 'candidate' AS variant, request_id, version AS by, label, confidence, latency_ms, failure,
               failure IS NULL AND label = answered_label AS agrees
        FROM shadowed
        UNION ALL
        SELECT 'production', request_id, answered_version, answered_label, NULL, answered_latency_ms, NULL,
               failure IS NULL AND label = answered_label
        FROM shadowed
    )
SELECT
    variant,
    any(by)                                                          AS version,
    count()                                                          AS predictions,
    countIf(failure IS NOT NULL)                                     AS failures,
    sumMapIf([bitShiftRight(reinterpretAsUInt64(latency_ms), 45)], [toUInt64(1)], failure IS NULL).1 AS latencyBuckets,
    sumMapIf([bitShiftRight(reinterpretAsUInt64(latency_ms), 45)], [toUInt64(1)], failure IS NULL).2 AS latencyCounts,
    sumMapIf([coalesce(label, '')], [toUInt64(1)], label IS NOT NULL).1 AS labels,
    sumMapIf([coalesce(label, '')], [toUInt64(1)], label IS NOT NULL).2 AS labelCounts,
    count(confidence)                                                AS confidences,
    sum(coalesce(confidence, 0))                                     AS confidenceSum,
    sum(coalesce(confidence, 0) * coalesce(confidence, 0))           AS confidenceSquares,
    countIf(label IS NOT NULL AND true_label IS NOT NULL)            AS labelled,
    countIf(label = true_label)                                      AS correct,
    countIf(agrees)                                                  AS agreeing
FROM answers
LEFT JOIN reported USING (request_id)
GROUP BY variant
ORDER BY variant
