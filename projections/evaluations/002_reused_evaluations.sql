-- Evaluations that were not made, since an earlier one had the same inputs: its result is theirs.
CREATE TABLE reused_evaluations
(
    evaluation_id String,
    model         LowCardinality(String),
    reused_from   String,
    step_key      String,
    saved_seconds Float64,
    reused_at     DateTime64(3, 'UTC'), -- when it was recorded
    event_id      String,
    topic         LowCardinality(String),
    partition     UInt16,
    offset        UInt64
)
ENGINE = MergeTree
ORDER BY (evaluation_id, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW reused_evaluations_from_events TO reused_evaluations AS
SELECT
    evaluationId AS evaluation_id,
    model,
    reusedFrom   AS reused_from,
    stepKey      AS step_key,
    savedSeconds AS saved_seconds,
    _time        AS reused_at,
    _id          AS event_id,
    _topic       AS topic,
    _partition   AS partition,
    _offset      AS offset
FROM stream_evaluations
WHERE _type = 'EvaluationReused';
