-- Reported true labels and numbers. Queries join them with predictions.

CREATE TABLE outcomes
(
    request_id  String,
    label       LowCardinality(Nullable(String)),
    value       Nullable(Float64),
    reported_at DateTime64(3, 'UTC'),
    source      LowCardinality(String),
    offset      UInt64,
    time        DateTime64(3, 'UTC'),
    event_id    String
)
ENGINE = MergeTree
ORDER BY (request_id, offset, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW outcomes_from_events TO outcomes AS
WITH JSONExtract(data, 'Tuple(requestId String, label Nullable(String), value Nullable(Float64), reportedAt Int64, source String)') AS outcome
SELECT
    outcome.requestId                                   AS request_id,
    outcome.label                                       AS label,
    outcome.value                                       AS value,
    fromUnixTimestamp64Milli(outcome.reportedAt, 'UTC') AS reported_at,
    outcome.source                                      AS source,
    offset,
    time,
    id                                                  AS event_id
FROM stream_outcomes
WHERE type = 'OutcomeReported';
