-- Which version each instance of the predictor serves after each decision.

CREATE TABLE servings
(
    model           LowCardinality(String),
    decision_number UInt64,
    decision_id     String,
    instance        LowCardinality(String),
    state           LowCardinality(String), -- serving, failed or ended
    version         LowCardinality(Nullable(String)),
    served          LowCardinality(Nullable(String)), -- the version that answers; null when none does
    package         Nullable(String),
    code            LowCardinality(Nullable(String)),
    reason          Nullable(String),
    time            DateTime64(3, 'UTC'),
    event_id        String,
    topic           LowCardinality(String),
    partition       UInt16,
    offset          UInt64
)
ENGINE = MergeTree
ORDER BY (model, decision_number, instance, offset)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW servings_from_events TO servings AS
SELECT
    model,
    decisionNumber AS decision_number,
    decisionId     AS decision_id,
    instance,
    transform(_type, ['VersionServing', 'ServingFailed', 'ServingEnded'], ['serving', 'failed', 'ended'], '') AS state,
    version,
    if(_type = 'VersionServing', version, served) AS served,
    package,
    code,
    reason,
    _time          AS time,
    _id            AS event_id,
    _topic         AS topic,
    _partition     AS partition,
    _offset        AS offset
FROM stream_servings
WHERE _type IN ('VersionServing', 'ServingFailed', 'ServingEnded');
