-- How a version in production did from a moment on (milliseconds since the epoch). A failure is one of the version or its
-- inference, not of the client; latencies are those of requests with one instance.
WITH
    served AS
    (
        SELECT batch, latency_ms
        FROM predictions
        WHERE model = {model:String}
          AND version = {version:String}
          AND environment = 'production'
          AND served_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
          AND offset < {until:Map(String, UInt64)}[concat(topic, '/', toString(partition))]
    ),
    failed AS
    (
        SELECT count() AS n
        FROM failed_predictions
        WHERE model = {model:String}
          AND version = {version:String}
          AND environment = 'production'
          AND code IN ('INFERENCE_FAILED', 'INFERENCE_UNAVAILABLE', 'INFERENCE_TIMEOUT')
          AND failed_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
          AND offset < {until:Map(String, UInt64)}[concat(topic, '/', toString(partition))]
    )
SELECT
    count() + (SELECT n FROM failed)                   AS predictions,
    (SELECT n FROM failed)                             AS failures,
    countIf(batch = 1)                                 AS timed,
    quantileExactOrNullIf(0.95)(latency_ms, batch = 1) AS p95Ms
FROM served
