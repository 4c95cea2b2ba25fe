-- How many of an evaluation's papers its model had learnt from, and whether they were measured too.

CREATE TABLE evaluation_training
(
    event_id          String,
    in_training       Nullable(UInt64),
    training_included Bool
)
ENGINE = MergeTree
ORDER BY event_id
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW evaluation_training_from_events TO evaluation_training AS
SELECT
    JSONExtract(data, 'inTraining', 'Nullable(UInt64)') AS in_training,
    JSONExtractBool(data, 'trainingIncluded')           AS training_included,
    id                                                  AS event_id
FROM events
WHERE type = 'EvaluationCompleted';
