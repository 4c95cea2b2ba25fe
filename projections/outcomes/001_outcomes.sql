-- Reported true labels. Queries join them with predictions.

CREATE TABLE outcomes
(
    request_id  String,
    label       LowCardinality(String),
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
WITH JSONExtract(data, 'Tuple(requestId String, label String, reportedAt Int64, source String)') AS outcome
SELECT
    outcome.requestId                                   AS request_id,
    outcome.label                                       AS label,
    fromUnixTimestamp64Milli(outcome.reportedAt, 'UTC') AS reported_at,
    outcome.source                                      AS source,
    offset,
    time,
    id                                                  AS event_id
FROM events
WHERE type = 'OutcomeReported';
