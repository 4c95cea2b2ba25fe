-- Predictions of a version in production in a time (milliseconds since the epoch), and those that it or its inference could not
-- answer. What the client did wrong is no failure.
WITH
    answered AS
    (
        SELECT count() AS n
        FROM predictions
        WHERE model = {model:String}
          AND version = {version:String}
          AND environment = 'production'
          AND served_at > fromUnixTimestamp64Milli({since:Int64}, 'UTC')
          AND served_at <= fromUnixTimestamp64Milli({before:Int64}, 'UTC')
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
          AND failed_at > fromUnixTimestamp64Milli({since:Int64}, 'UTC')
          AND failed_at <= fromUnixTimestamp64Milli({before:Int64}, 'UTC')
          AND offset < {until:Map(String, UInt64)}[concat(topic, '/', toString(partition))]
    )
SELECT answered.n + failed.n AS predictions, failed.n AS failures
FROM answered
CROSS JOIN failed
