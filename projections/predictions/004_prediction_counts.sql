-- Predictions counted by minute and by hour: what the views `prediction_minutes` and `prediction_hours` read, of which one suffices for a
-- question. A row is a count of one value in one minute or one hour; rows of the same value may come in parts, so read it with sum(n).
CREATE TABLE prediction_counts
(
    span        LowCardinality(String), -- minute or hour: each prediction counts in both
    measure     LowCardinality(String), -- what is counted: latency, label, confidence or failure
    model       LowCardinality(String),
    environment LowCardinality(String), -- of the predictor
    start       DateTime('UTC'), -- of the minute or the hour in which it was answered, or failed
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
PARTITION BY toYYYYMM(start)
ORDER BY (span, measure, model, environment, start, version, variant, route, item, bucket)
SETTINGS non_replicated_deduplication_window = 10000;

-- What was counted so far.
INSERT INTO prediction_counts
SELECT 'minute', measure, model, environment, minute, version, variant, route, item, bucket, minute, minute, n
FROM prediction_minutes
SETTINGS min_insert_block_size_bytes = 16000000;

INSERT INTO prediction_counts
SELECT 'hour', measure, model, environment, hour, version, variant, route, item, bucket, first, last, n
FROM prediction_hours
SETTINGS min_insert_block_size_bytes = 16000000;

-- A prediction that another version answered, since its own failed, is a failure of its own and a latency of the other.
-- Equal rows of a block are added up when it is inserted (optimize_on_insert): a GROUP BY here would take ten times the memory.
CREATE MATERIALIZED VIEW prediction_counts_from_events TO prediction_counts AS
SELECT
    span,
    counted.1             AS measure,
    model,
    environment,
    if(span = 'hour', toStartOfHour(at), toStartOfMinute(at)) AS start,
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
        arrayJoin(['minute', 'hour']) AS span,
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
