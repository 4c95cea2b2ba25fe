-- Latency of predictions in milliseconds, and their failures, by what `by` names of version, variant, route and minute, hour
-- or day; the newest first. From counts of minutes: percentiles are within 0.8 % of themselves (ml/statistics/latency-sketch.ts).
-- `after`: start (empty for all time), model, version, variant, route of the last one before.
WITH
    counted AS
    (
        SELECT
            model,
            multiIf(has({by:Array(String)}, 'minute'), minute,
                    has({by:Array(String)}, 'hour'), toStartOfHour(minute),
                    has({by:Array(String)}, 'day'), toDateTime(toStartOfDay(minute), 'UTC'),
                    NULL) AS start,
            if(has({by:Array(String)}, 'version'), prediction_minutes.version, NULL) AS version,
            if(has({by:Array(String)}, 'variant'), prediction_minutes.variant, NULL) AS variant,
            if(has({by:Array(String)}, 'route'), prediction_minutes.route, NULL)     AS route,
            measure,
            bucket,
            min(minute) AS first,
            max(minute) AS last,
            sum(n)      AS n
        FROM prediction_minutes
        WHERE measure IN ('latency', 'failure')
          AND environment = {environment:String}
          AND model = coalesce({model:Nullable(String)}, model)
          AND prediction_minutes.version = coalesce({version:Nullable(String)}, prediction_minutes.version)
          AND prediction_minutes.variant = coalesce({variant:Nullable(String)}, prediction_minutes.variant)
          AND prediction_minutes.route = coalesce({route:Nullable(String)}, prediction_minutes.route)
          AND ({from:Nullable(String)} IS NULL
               OR minute >= toStartOfMinute(parseDateTime64BestEffortOrNull({from:Nullable(String)}, 3, 'UTC')))
          AND ({to:Nullable(String)} IS NULL
               OR minute < parseDateTime64BestEffortOrNull({to:Nullable(String)}, 3, 'UTC'))
        GROUP BY model, start, version, variant, route, measure, bucket
    ),
    measured AS
    (
        SELECT
            model,
            version,
            variant,
            route,
            start,
            sumIf(n, measure = 'latency')                             AS predictions,
            sumIf(n, measure = 'failure')                             AS failures,
            dateDiff('second', min(first), max(last)) + 60            AS seconds,
            arraySort(groupArrayIf((bucket, n), measure = 'latency')) AS sketch,
            arrayCumSum(sketch.2)                                     AS upTo,
            arrayMap(q -> toUInt64(greatest(ceil(q * predictions), 1)), [0.5, 0.95, 0.99, 1]) AS ranks,
            arrayMap(rank -> arrayFirstIndex(n -> n >= rank, upTo), ranks) AS places,
            arrayMap(at -> reinterpretAsFloat64(bitShiftLeft(toUInt64(sketch.1[at]), 45)), places)     AS lows,
            arrayMap(at -> reinterpretAsFloat64(bitShiftLeft(toUInt64(sketch.1[at]) + 1, 45)), places) AS highs,
            arrayMap((rank, at, low, high) -> if(at = 0, NULL,
                low + (high - low) * (rank - (upTo[at] - sketch.2[at]) - 0.5) / sketch.2[at]),
                ranks, places, lows, highs)                           AS quantiles
        FROM counted
        GROUP BY model, start, version, variant, route
    )
SELECT
    model,
    version,
    variant,
    route,
    start,
    predictions,
    failures,
    failures / greatest(predictions + failures, 1) AS errorRate,
    predictions / multiIf(has({by:Array(String)}, 'minute'), 60, has({by:Array(String)}, 'hour'), 3600,
                          has({by:Array(String)}, 'day'), 86400, seconds) AS perSecond,
    quantiles[1]                                   AS p50,
    quantiles[2]                                   AS p95,
    quantiles[3]                                   AS p99,
    quantiles[4]                                   AS max
FROM measured
WHERE empty({after:Array(String)})
   OR coalesce(start, toDateTime(0, 'UTC')) < parseDateTimeBestEffortOrZero({after:Array(String)}[1], 'UTC')
   OR coalesce(start, toDateTime(0, 'UTC')) = parseDateTimeBestEffortOrZero({after:Array(String)}[1], 'UTC')
      AND (model, coalesce(version, ''), coalesce(variant, ''), coalesce(route, ''))
          > ({after:Array(String)}[2], {after:Array(String)}[3], {after:Array(String)}[4], {after:Array(String)}[5])
ORDER BY start DESC, model, version, variant, route
LIMIT {limit:UInt32}
