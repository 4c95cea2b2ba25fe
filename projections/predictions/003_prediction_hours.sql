-- Predictions counted by hour, as `prediction_minutes` counts them by minute. A row is a count of one value in one hour; rows of the
-- same value may come in parts, so read it with sum(n).
CREATE TABLE prediction_hours
(
    measure     LowCardinality(String), -- what is counted: latency, label, confidence or failure
    model       LowCardinality(String),
    environment LowCardinality(String), -- of the predictor
    hour        DateTime('UTC'), -- in which it was answered, or failed
    version     LowCardinality(String), -- that answered; of a failure, that was to answer (empty where none was)
    variant     LowCardinality(String), -- of a deployment or an experiment; empty outside both
    route       LowCardinality(String),
    item        LowCardinality(String), -- the label, or the code of the failure; else empty
    bucket      UInt32, -- of a latency: its sketch's bucket (ml/statistics/latency-sketch.ts); of a confidence: its hundredth; else 0
    first       SimpleAggregateFunction(min, DateTime('UTC')), -- minute of the first
    last        SimpleAggregateFunction(max, DateTime('UTC')), -- minute of the last
    n           SimpleAggregateFunction(sum, UInt64) -- how many
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (measure, model, environment, hour, version, variant, route, item, bucket)
SETTINGS non_replicated_deduplication_window = 10000;

-- Of each prediction what prediction_minutes_from_events makes of it, by the hour.
CREATE MATERIALIZED VIEW prediction_hours_from_events TO prediction_hours AS
SELECT
    counted.1             AS measure,
    model,
    environment,
    toStartOfHour(at)     AS hour,
    counted.2             AS version,
    coalesce(variant, '') AS variant,
    route,
    counted.3             AS item,
    counted.4             AS bucket,
    toStartOfMinute(at)   AS first,
    toStartOfMinute(at)   AS last,
    toUInt64(1)           AS n
FROM
(
    SELECT
        model,
        environment,
        _time AS at,
        variant,
        route,
        arrayJoin(arrayFilter(c -> c.1 != '', [
            (if(_type = 'PredictionServed', 'latency', ''), coalesce(version, ''), '',
                toUInt32(bitShiftRight(reinterpretAsUInt64(latencyMs), 45))),
            (if(_type = 'PredictionServed' AND label IS NOT NULL, 'label', ''), coalesce(version, ''), coalesce(label, ''), 0),
            (if(_type = 'PredictionServed' AND confidence IS NOT NULL, 'confidence', ''), coalesce(version, ''), '',
                toUInt32(floor(100 * coalesce(confidence, 0)))),
            (if(_type = 'PredictionFailed' OR failureCode IS NOT NULL, 'failure', ''),
                coalesce(if(_type = 'PredictionFailed', version, failedVersion), ''),
                if(_type = 'PredictionFailed', coalesce(code, ''), coalesce(failureCode, '')), 0)
        ])) AS counted
    FROM stream_predictions
    WHERE _type IN ('PredictionServed', 'PredictionFailed')
);
