-- `prediction_counts` has the rows of both: what every prediction is inserted into is one table less, and one view less that is planned.
DROP TABLE IF EXISTS prediction_minutes_from_events SYNC;
DROP TABLE IF EXISTS prediction_hours_from_events SYNC;
DROP TABLE IF EXISTS prediction_minutes SYNC;
DROP TABLE IF EXISTS prediction_hours SYNC;

-- Predictions counted by minute: latencies, labels, confidences and failures, for questions about long times. A row is a count
-- of one value in one minute; rows of the same value may come in parts, so read it with sum(n).
CREATE OR REPLACE VIEW prediction_minutes AS
SELECT
    measure, -- what is counted: latency, label, confidence or failure
    model,
    environment, -- of the predictor
    start AS minute, -- in which it was answered, or failed
    version, -- that answered; of a failure, that was to answer (empty where none was)
    variant, -- of a deployment or an experiment; empty outside both
    route,
    item, -- the label, or the code of the failure; else empty
    bucket, -- of a latency: its sketch's bucket (ml/statistics/latency-sketch.ts); of a confidence: its hundredth; else 0
    n -- how many
FROM prediction_counts
WHERE span = 'minute';

-- Predictions counted by hour, as `prediction_minutes` counts them by minute. A row is a count of one value in one hour; rows of the
-- same value may come in parts, so read it with sum(n).
CREATE OR REPLACE VIEW prediction_hours AS
SELECT
    measure, -- what is counted: latency, label, confidence or failure
    model,
    environment, -- of the predictor
    start AS hour, -- in which it was answered, or failed
    version, -- that answered; of a failure, that was to answer (empty where none was)
    variant, -- of a deployment or an experiment; empty outside both
    route,
    item, -- the label, or the code of the failure; else empty
    bucket, -- of a latency: its sketch's bucket (ml/statistics/latency-sketch.ts); of a confidence: its hundredth; else 0
    first, -- minute of the first
    last, -- minute of the last
    n -- how many
FROM prediction_counts
WHERE span = 'hour';
