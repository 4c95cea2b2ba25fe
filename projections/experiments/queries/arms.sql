-- The arms of an experiment side by side: of all its units, and of those with each value of its segments (the 20 most frequent
-- of each). A measure of a unit is y by x, such as right answers by answers; sums over the units of an arm are what the
-- analysis needs (ml/statistics/estimate.ts). Of an adjusted measure y is the mean of the unit, and x its mean in the 28 days
-- before, or the mean of all units where it has no past. True labels count as they were reported last. Latencies are in
-- buckets, see ml/statistics/latency-sketch.ts. Requests are joined by a hash of their id, 64 bits, as
-- an experiment may have millions of them.
WITH
    enrolled AS
    (
        SELECT variant, unit, sipHash64(request_id) AS request, version, label, value, confidence, latency_ms, failure, attributes
        FROM experiment_predictions
        WHERE experiment_id = {experimentId:String}
          AND offset < {until:Map(String, UInt64)}[concat(topic, '/', toString(partition))]
    ),
    reported AS
    (
        SELECT sipHash64(request_id) AS request, argMax(label, offset) AS true_label, argMax(value, offset) AS true_value
        FROM outcomes
        WHERE request IN (SELECT request FROM enrolled)
          AND offset < {until:Map(String, UInt64)}[concat(topic, '/', toString(partition))]
        GROUP BY request
    ),
    answered AS
    (
        SELECT *,
            label IS NOT NULL AND true_label IS NOT NULL AS is_labelled,
            value IS NOT NULL AND true_value IS NOT NULL AS is_valued
        FROM enrolled
        LEFT JOIN reported USING (request)
    ),
    segmented AS
    (
        SELECT *, segment.1 AS attribute, segment.2 AS segment_value
        FROM answered
        ARRAY JOIN arrayConcat([('', '')], arrayZip(mapKeys(attributes), mapValues(attributes))) AS segment
        WHERE (attribute, segment_value) IN
        (
            SELECT segment.1, segment.2
            FROM enrolled
            ARRAY JOIN arrayConcat([('', '')], arrayZip(mapKeys(attributes), mapValues(attributes))) AS segment
            GROUP BY segment
            ORDER BY count() DESC, segment
            LIMIT 20 BY segment.1
        )
    ),
    before AS
    (
        SELECT unit, sipHash64(request_id) AS request, label, confidence, latency_ms
        FROM unit_predictions
        WHERE {adjusts:UInt8} = 1
          AND model = {model:String}
          AND time < fromUnixTimestamp64Milli({since:Int64}, 'UTC')
          AND time >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') - INTERVAL 28 DAY
          AND unit IN (SELECT unit FROM enrolled)
          AND offset < {until:Map(String, UInt64)}[concat(topic, '/', toString(partition))]
    ),
    past AS
    (
        SELECT
            unit,
            avgOrNullIf(label = earlier.true_label, label IS NOT NULL AND earlier.true_label IS NOT NULL) AS past_accuracy,
            avgOrNull(confidence) AS past_confidence,
            avgOrNull(latency_ms) AS past_latency
        FROM before
        LEFT JOIN
        (
            SELECT sipHash64(request_id) AS request, argMax(label, offset) AS true_label
            FROM outcomes
            WHERE request IN (SELECT request FROM before)
              AND offset < {until:Map(String, UInt64)}[concat(topic, '/', toString(partition))]
            GROUP BY request
        ) AS earlier USING (request)
        GROUP BY unit
    ),
    counted AS
    (
        SELECT
            attribute, segment_value, variant, unit,
            any(version)                                     AS of_version,
            count()                                          AS predictions,
            countIf(failure IS NOT NULL)                     AS failures,
            predictions - failures                           AS answers,
            sumIf(latency_ms, failure IS NULL)               AS latency,
            count(confidence)                                AS confidences,
            sum(coalesce(confidence, 0))                     AS confidence_sum,
            countIf(is_labelled)                             AS labelled,
            countIf(is_labelled AND label = true_label)      AS correct,
            countIf(is_valued)                               AS valued,
            sumIf(abs(coalesce(value - true_value, 0)), is_valued) AS error
        FROM segmented
        GROUP BY attribute, segment_value, variant, unit
    ),
    measured AS
    (
        SELECT *,
            [predictions, answers, confidences, labelled, valued,
             labelled * {adjusts:UInt8}, confidences * {adjusts:UInt8}, answers * {adjusts:UInt8}] AS sizes,
            arrayMap(n -> n > 0, sizes) AS has,
            [toFloat64(failures), latency, confidence_sum, toFloat64(correct), error,
             correct / greatest(labelled, 1), confidence_sum / greatest(confidences, 1), latency / greatest(answers, 1)] AS all_y,
            [toFloat64(predictions), toFloat64(answers), toFloat64(confidences), toFloat64(labelled), toFloat64(valued),
             coalesce(past_accuracy, (SELECT avgOrNull(past_accuracy) FROM past), 0),
             coalesce(past_confidence, (SELECT avgOrNull(past_confidence) FROM past), 0),
             coalesce(past_latency, (SELECT avgOrNull(past_latency) FROM past), 0)] AS all_x,
            arrayMap((value, isThere) -> if(isThere, value, 0), all_y, has) AS y,
            arrayMap((value, isThere) -> if(isThere, value, 0), all_x, has) AS x
        FROM counted
        LEFT JOIN past USING (unit)
    ),
    latencies AS
    (
        SELECT
            variant,
            sumMap([bitShiftRight(reinterpretAsUInt64(latency_ms), 45)], [toUInt64(1)]) AS sketch
        FROM enrolled
        WHERE failure IS NULL
        GROUP BY variant
    ),
    confused AS
    (
        SELECT variant, arraySort(groupArray((actual, predicted, n))) AS cells
        FROM
        (
            SELECT variant, coalesce(true_label, '') AS actual, coalesce(label, '') AS predicted, count() AS n
            FROM answered
            WHERE is_labelled
            GROUP BY variant, actual, predicted
        )
        GROUP BY variant
    ),
    summed AS
    (
        SELECT
            attribute, segment_value, variant,
            any(of_version)       AS version,
            count()               AS units,
            sum(predictions)      AS all_predictions,
            sum(failures)         AS all_failures,
            sum(labelled + valued) AS outcomes,
            sumForEach(arrayMap(isThere -> toUInt64(isThere), has)) AS sum_n,
            sumForEach(y)         AS sum_y,
            sumForEach(x)         AS sum_x,
            sumForEach(arrayMap(a -> a * a, y)) AS sum_yy,
            sumForEach(arrayMap(a -> a * a, x)) AS sum_xx,
            sumForEach(arrayMap((a, b) -> a * b, y, x)) AS sum_xy
        FROM measured
        GROUP BY attribute, segment_value, variant
    )
SELECT
    attribute,
    segment_value                  AS value,
    variant,
    version,
    units,
    all_predictions                AS predictions,
    all_failures                   AS failures,
    outcomes,
    CAST(arrayZip(['errorRate', 'latency', 'confidence', 'accuracy', 'mae', 'adjustedAccuracy', 'adjustedConfidence',
                   'adjustedLatency'], sum_n, sum_y, sum_x, sum_yy, sum_xx, sum_xy),
         'Array(Tuple(measure String, count UInt64, y Float64, x Float64, yy Float64, xx Float64, xy Float64))') AS measures,
    if(attribute = '', sketch.1, []) AS latencyBuckets,
    if(attribute = '', sketch.2, []) AS latencyCounts,
    CAST(if(attribute = '', cells, []), 'Array(Tuple(actual String, predicted String, count UInt64))') AS confusion
FROM summed
LEFT JOIN latencies USING (variant)
LEFT JOIN confused USING (variant)
ORDER BY attribute, value, variant
SETTINGS max_bytes_before_external_group_by = 400000000
