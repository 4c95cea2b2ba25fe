-- Latency of predictions in milliseconds, and their failures, by what `by` names of version, variant, route and minute, hour
-- or day; the newest first. From counts: percentiles are within 0.8 % of themselves (ml/statistics/latency-sketch.ts).
-- `after`: start (empty for all time), model, version, variant, route of the last one before.
WITH
    -- whole hours are read from counts of hours, what is before the first and after the last one from counts of minutes
    toDateTime64('2100-01-01 00:00:00', 3, 'UTC') AS never,
    toStartOfMinute(least(greatest(coalesce(parseDateTime64BestEffortOrNull({from:Nullable(String)}, 3, 'UTC'),
        toDateTime64(0, 3, 'UTC')), toDateTime64(0, 3, 'UTC')), never)) AS first_minute,
    toStartOfMinute(least(greatest(coalesce(parseDateTime64BestEffortOrNull({to:Nullable(String)}, 3, 'UTC'),
        never), toDateTime64(0, 3, 'UTC')), never) + INTERVAL 59999 MILLISECOND) AS end_minute,
    has({by:Array(String)}, 'minute') AS by_minute,
    toStartOfHour(first_minute + INTERVAL 59 MINUTE) AS first_hour,
    toStartOfHour(end_minute) AS end_hour,
    counts AS
    (
        SELECT measure, model, environment, version, variant, route, item, bucket, hour AS at, first, last, n
        FROM prediction_hours
        WHERE NOT by_minute AND hour >= first_hour AND hour < end_hour
        UNION ALL
        SELECT measure, model, environment, version, variant, route, item, bucket, minute, minute, minute, n
        FROM prediction_minutes
        WHERE minute >= first_minute AND minute < end_minute AND (by_minute OR minute < first_hour OR minute >= end_hour)
    ),
    counted AS
    (
        SELECT
            model,
            multiIf(by_minute, at,
                    has({by:Array(String)}, 'hour'), toStartOfHour(at),
                    has({by:Array(String)}, 'day'), toDateTime(toStartOfDay(at), 'UTC'),
                    NULL) AS start,
            if(has({by:Array(String)}, 'version'), counts.version, NULL) AS version,
            if(has({by:Array(String)}, 'variant'), counts.variant, NULL) AS variant,
            if(has({by:Array(String)}, 'route'), counts.route, NULL)     AS route,
            measure,
            bucket,
            min(counts.first) AS first,
            max(counts.last) AS last,
            sum(n)      AS n
        FROM counts
        WHERE measure IN ('latency', 'failure')
          AND environment = {environment:String}
          AND model = coalesce({model:Nullable(String)}, model)
          AND counts.version = coalesce({version:Nullable(String)}, counts.version)
          AND counts.variant = coalesce({variant:Nullable(String)}, counts.variant)
          AND counts.route = coalesce({route:Nullable(String)}, counts.route)
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
