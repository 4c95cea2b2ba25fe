-- Latency of predictions in milliseconds, exact percentiles, by version and time interval, the newest first;
-- `after`: start (empty for all time), model, version of the last one before.
SELECT
    model,
    version,
    multiIf({interval:String} = 'minute', toStartOfMinute(served_at),
            {interval:String} = 'hour', toStartOfHour(served_at),
            {interval:String} = 'day', toDateTime(toStartOfDay(served_at)),
            NULL)                                         AS start,
    count()                                               AS predictions,
    quantilesExact(0.5, 0.95, 0.99)(latency_ms)           AS quantiles,
    quantiles[1]                                          AS p50,
    quantiles[2]                                          AS p95,
    quantiles[3]                                          AS p99,
    max(latency_ms)                                       AS max
FROM predictions
WHERE environment = 'production'
  AND model = coalesce({model:Nullable(String)}, model)
  AND version = coalesce({version:Nullable(String)}, version)
  AND ({from:Nullable(String)} IS NULL
       OR served_at >= parseDateTime64BestEffortOrNull({from:Nullable(String)}, 3, 'UTC'))
  AND ({to:Nullable(String)} IS NULL
       OR served_at < parseDateTime64BestEffortOrNull({to:Nullable(String)}, 3, 'UTC'))
GROUP BY model, version, start
HAVING empty({after:Array(String)})
    OR coalesce(start, toDateTime(0, 'UTC')) < parseDateTimeBestEffortOrZero({after:Array(String)}[1], 'UTC')
    OR coalesce(start, toDateTime(0, 'UTC')) = parseDateTimeBestEffortOrZero({after:Array(String)}[1], 'UTC')
       AND (model, version) > ({after:Array(String)}[2], {after:Array(String)}[3])
ORDER BY start DESC, model, version
LIMIT {limit:UInt32}
