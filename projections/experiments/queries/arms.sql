-- The arms of an experiment side by side: of all its units, and of those with each value of its segments (the 20 most frequent
-- of each). A measure of a unit is y by x, such as right answers by answers; sums over the units of an arm are what the
-- analysis needs (ml/statistics/estimate.ts). Of an adjusted measure y is the mean of the unit, and x its mean in the 28 days
-- before, or the mean of all units where it has no past. True labels count as they were reported last. Latencies are in
-- buckets, see ml/statistics/latency-sketch.ts. A metric of the user is a table of what an answer is worth: its y is their sum, its x
-- the answers whose true label is known. Requests are joined by a hash of their id, 64 bits, as
-- an experiment may have millions of them.
WITH
    enrolled AS
    (
        SELECT *
        FROM experiment_predictions
        WHERE experiment_id = {experimentId:String}
          AND offset < {until:Map(String, UInt64)}[concat(topic, '/', toString(partition))]
    ),
    before AS
    (
        SELECT unit, request_id, label, confidence, latency_ms
        FROM unit_predictions
        WHERE {adjusts:UInt8} = 1
          AND model = {model:String}
          AND time < fromUnixTimestamp64Milli({since:Int64}, 'UTC')
          AND time >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') - INTERVAL 28 DAY
          AND unit IN (SELECT unit FROM enrolled)
          AND offset < {until:Map(String, UInt64)}[concat(topic, '/', toString(partition))]
    ),
    -- ids are sorted by time (UUIDv7): only the outcomes between the least and the greatest are read
    (SELECT (min(request_id), max(request_id)) FROM enrolled) AS ends,
    (SELECT (min(request_id), max(request_id)) FROM before) AS past_ends,
    (
        SELECT groupArray(segment)
        FROM
        (
            SELECT arrayJoin(arrayZip(mapKeys(attributes), mapValues(attributes))) AS segment, sum(n) AS predictions
            FROM (SELECT attributes, count() AS n FROM enrolled GROUP BY attributes)
            GROUP BY segment
            ORDER BY predictions DESC, segment
            LIMIT 20 BY segment.1
        )
    ) AS segments,
    -- metrics of the user: each has a value for each of all their pairs of a true label and an answer, and first one for all others
    JSONExtract({own:String},
        'Array(Tuple(metric String, otherwise Float64, values Array(Tuple(actual String, predicted String, value Float64))))') AS own,
    arrayMap(one -> arrayMap(pair -> concat(pair.1, '\n', pair.2), one.3), own) AS own_pairs,
    arrayConcat([''], arrayDistinct(arrayFlatten(own_pairs))) AS pairs,
    arrayMap((one, its) -> arrayMap(pair -> if(has(its, pair), one.3.3[indexOf(its, pair)], one.2), pairs), own, own_pairs) AS tables,
    answered AS
    (
        SELECT *,
            label IS NOT NULL AND true_label IS NOT NULL AS is_labelled,
            value IS NOT NULL AND true_value IS NOT NULL AS is_valued,
            transform(concat(coalesce(true_label, ''), '\n', coalesce(label, '')), pairs, arrayEnumerate(pairs), toUInt32(1)) AS pair
        FROM (SELECT *, sipHash64(request_id) AS request FROM enrolled) AS answers
        LEFT JOIN
        (
            SELECT sipHash64(request_id) AS request, outcomes.label AS true_label, outcomes.value AS true_value
            FROM outcomes
            WHERE request_id >= ends.1 AND request_id <= ends.2
              AND offset < {until:Map(String, UInt64)}[concat(topic, '/', toString(partition))]
            ORDER BY request_id, offset DESC
            LIMIT 1 BY request_id
        ) AS reported USING (request)
    ),
    past AS
    (
        SELECT
            unit,
            [avgOrNullIf(label = true_label, label IS NOT NULL AND true_label IS NOT NULL), avgOrNull(confidence), avgOrNull(latency_ms)] AS means,
            -- of all units
            [avg(means[1]) OVER (), avg(means[2]) OVER (), avg(means[3]) OVER ()] AS all_means
        FROM (SELECT *, sipHash64(request_id) AS request FROM before) AS earlier
        LEFT JOIN
        (
            SELECT sipHash64(request_id) AS request, outcomes.label AS true_label
            FROM outcomes
            WHERE request_id >= past_ends.1 AND request_id <= past_ends.2
              AND offset < {until:Map(String, UInt64)}[concat(topic, '/', toString(partition))]
            ORDER BY request_id, offset DESC
            LIMIT 1 BY request_id
        ) AS reported USING (request)
        GROUP BY unit
    ),
    -- units have one set of attributes, mostly: there are few rows to repeat for each segment
    counted AS
    (
        SELECT
            variant, unit, attributes,
            any(version)                                     AS of_version,
            count()                                          AS predictions,
            countIf(failure IS NOT NULL)                     AS failures,
            sumIf(latency_ms, failure IS NULL)               AS latency,
            count(confidence)                                AS confidences,
            sum(coalesce(confidence, 0))                     AS confidence_sum,
            countIf(is_labelled)                             AS labelled,
            countIf(is_labelled AND label = true_label)      AS correct,
            countIf(is_valued)                               AS valued,
            sumIf(abs(coalesce(value - true_value, 0)), is_valued) AS error,
            sumForEach(arrayMap(worth -> if(is_labelled, worth[pair], 0.), tables)) AS own_sums
        FROM answered
        GROUP BY variant, unit, attributes
    ),
    segmented AS
    (
        SELECT
            segment, variant, unit,
            any(of_version)     AS of_version,
            sum(predictions)    AS all_predictions,
            sum(failures)       AS all_failures,
            sum(latency)        AS all_latency,
            sum(confidences)    AS all_confidences,
            sum(confidence_sum) AS all_confidence,
            sum(labelled)       AS all_labelled,
            sum(correct)        AS all_correct,
            sum(valued)         AS all_valued,
            sum(error)          AS all_error,
            sumForEach(own_sums) AS all_own
        FROM counted
        ARRAY JOIN arrayConcat([0], arrayFilter(place -> place > 0,
            arrayMap(one -> indexOf(segments, one), arrayZip(mapKeys(attributes), mapValues(attributes))))) AS segment -- 0: all
        GROUP BY segment, variant, unit
    ),
    measured AS
    (
        SELECT
            segment, variant, of_version, all_predictions, all_failures, all_labelled + all_valued AS all_outcomes,
            all_predictions - all_failures AS answers,
            arrayConcat(
                arrayMap(n -> n > 0,
                    [all_predictions, answers, all_confidences, all_labelled, all_valued,
                     all_labelled * {adjusts:UInt8}, all_confidences * {adjusts:UInt8}, answers * {adjusts:UInt8}]),
                arrayMap(worth -> all_labelled > 0, tables)) AS has,
            arrayMap((y, isThere) -> if(isThere, y, 0), arrayConcat(
                [toFloat64(all_failures), all_latency, all_confidence, toFloat64(all_correct), all_error,
                 all_correct / greatest(all_labelled, 1), all_confidence / greatest(all_confidences, 1), all_latency / greatest(answers, 1)],
                all_own), has) AS ys,
            arrayConcat(
                [toNullable(toFloat64(all_predictions)), toFloat64(answers), toFloat64(all_confidences), toFloat64(all_labelled), toFloat64(all_valued)],
                if(empty(means), [NULL, NULL, NULL], means),
                arrayMap(worth -> toNullable(toFloat64(all_labelled)), tables)) AS past_x,
            arrayMap((x, isThere) -> isThere AND x IS NOT NULL, past_x, has) AS has_x,
            arrayMap((x, isThere) -> if(isThere, assumeNotNull(x), 0), past_x, has_x) AS xs,
            all_means
        FROM segmented
        LEFT JOIN past USING (unit)
    ),
    latencies AS
    (
        SELECT variant, groupArray(bucket) AS buckets, groupArray(n) AS counts
        FROM
        (
            SELECT variant, bitShiftRight(reinterpretAsUInt64(latency_ms), 45) AS bucket, count() AS n
            FROM enrolled
            WHERE failure IS NULL
            GROUP BY variant, bucket
            ORDER BY variant, bucket
        )
        GROUP BY variant
    ),
    -- on its own, before all else, so that only one join with outcomes is in memory
    (
        SELECT groupArray((variant, actual, predicted, n))
        FROM
        (
            SELECT variant, coalesce(true_label, '') AS actual, coalesce(label, '') AS predicted, count() AS n
            FROM answered
            WHERE is_labelled
            GROUP BY variant, actual, predicted
            ORDER BY variant, actual, predicted
        )
    ) AS confused,
    summed AS
    (
        SELECT
            segment, variant,
            any(of_version)         AS version,
            count()                 AS units,
            sum(all_predictions)    AS predictions,
            sum(all_failures)       AS failures,
            sum(all_outcomes)       AS outcomes,
            sumForEach(arrayMap(isThere -> toUInt64(isThere), has)) AS sum_n,
            sumForEach(ys)          AS sum_y,
            sumForEach(xs)          AS known_x,
            sumForEach(arrayMap(y -> y * y, ys)) AS sum_yy,
            sumForEach(arrayMap(x -> x * x, xs)) AS known_xx,
            sumForEach(arrayMap((x, y) -> x * y, xs, ys)) AS known_xy,
            -- of units without a past: how many, and their y
            sumForEach(arrayMap((isThere, isKnown) -> toUInt64(isThere AND NOT isKnown), has, has_x)) AS new_n,
            sumForEach(arrayMap((y, isKnown) -> if(isKnown, 0, y), ys, has_x)) AS new_y,
            maxForEach(measured.all_means) AS all_means
        FROM measured
        GROUP BY segment, variant
    )
SELECT
    if(segment = 0, '', segments[segment].1) AS attribute,
    if(segment = 0, '', segments[segment].2) AS value,
    variant,
    version,
    units,
    predictions,
    failures,
    outcomes,
    CAST(arrayZip(arrayConcat(['errorRate', 'latency', 'confidence', 'accuracy', 'mae', 'adjustedAccuracy', 'adjustedConfidence',
                   'adjustedLatency'], own.1),
            sum_n,
            sum_y,
            arrayMap((known, n, mean) -> known + n * mean, known_x, new_n, means),
            sum_yy,
            arrayMap((known, n, mean) -> known + n * mean * mean, known_xx, new_n, means),
            arrayMap((known, y, mean) -> known + y * mean, known_xy, new_y, means)),
         'Array(Tuple(measure String, count UInt64, y Float64, x Float64, yy Float64, xx Float64, xy Float64))') AS measures,
    if(segment = 0, buckets, []) AS latencyBuckets,
    if(segment = 0, counts, [])  AS latencyCounts,
    CAST(if(segment = 0, arrayMap(cell -> (cell.2, cell.3, cell.4), arrayFilter(cell -> cell.1 = variant, confused)), []),
         'Array(Tuple(actual String, predicted String, count UInt64))') AS confusion
FROM
(
    SELECT *,
        -- a unit without a past has the mean of all that have one
        arrayConcat([0, 0, 0, 0, 0], arrayMap(at -> coalesce((maxForEach(all_means) OVER ())[at], 0), [1, 2, 3]), arrayMap(one -> 0, own)) AS means
    FROM summed
) AS summed
LEFT JOIN latencies USING (variant)
ORDER BY attribute, value, variant
-- what does not fit of the joins and groups is on the disk
SETTINGS join_algorithm = 'grace_hash', max_bytes_in_join = 150000000, max_bytes_before_external_group_by = 100000000
