-- Samples that a version was least certain of, for people to label: a row for each sample of a queue.

CREATE TABLE label_queue
(
    task         LowCardinality(String),
    queue_id     String,
    model        LowCardinality(String),
    version      LowCardinality(String), -- that was asked
    measure      LowCardinality(String), -- of uncertainty: entropy, margin or confidence
    number       UInt32, -- in the queue, from 1: the most uncertain first
    record_id    String,
    uncertainty  Float64, -- 0: certain, 1: as uncertain as can be
    suggested    String, -- what the version answers
    confidence   Float64, -- of the answer
    ranked_at    DateTime64(3, 'UTC'), -- when the version was asked
    event_id     String,
    topic        LowCardinality(String),
    partition    UInt16,
    offset       UInt64
)
ENGINE = MergeTree
ORDER BY (task, ranked_at, event_id, number)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW label_queue_from_events TO label_queue AS
SELECT
    task,
    queueId             AS queue_id,
    model,
    version,
    measure,
    number,
    sample.recordId     AS record_id,
    sample.uncertainty  AS uncertainty,
    sample.suggested    AS suggested,
    sample.confidence   AS confidence,
    _time               AS ranked_at,
    _id                 AS event_id,
    _topic              AS topic,
    _partition          AS partition,
    _offset             AS offset
FROM stream_labelqueues
ARRAY JOIN samples AS sample, arrayEnumerate(samples) AS number
WHERE _type = 'LabelQueueRanked';
