-- Latency of predictions in milliseconds, from request parsed to answer ready.
SELECT
    count()                            AS predictions,
    quantileExact(0.5)(latency_ms)     AS p50,
    quantileExact(0.95)(latency_ms)    AS p95,
    quantileExact(0.99)(latency_ms)    AS p99
FROM predictions
WHERE model = {model:String}
