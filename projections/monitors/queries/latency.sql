-- The p95 latency of a version in production in a time (milliseconds since the epoch), of requests with one instance, and how
-- many were slower than a limit in milliseconds.
SELECT
    count()                                 AS timed,
    countIf(latency_ms > {limit:Float64})   AS slow,
    quantileExactOrNull(0.95)(latency_ms)   AS p95Ms
FROM predictions
WHERE model = {model:String}
  AND version = {version:String}
  AND environment = 'production'
  AND batch = 1
  AND served_at > fromUnixTimestamp64Milli({since:Int64}, 'UTC')
  AND served_at <= fromUnixTimestamp64Milli({before:Int64}, 'UTC')
  AND offset < {until:Map(String, UInt64)}[concat(topic, '/', toString(partition))]
