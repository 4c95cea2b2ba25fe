-- Which version each instance of the predictor serves after each decision.

CREATE TABLE servings
(
    model           LowCardinality(String),
    decision_number UInt64,
    decision_id     String,
    instance        LowCardinality(String),
    state           LowCardinality(String),
    version         LowCardinality(Nullable(String)),
    served          LowCardinality(Nullable(String)),
    package         Nullable(String),
    code            LowCardinality(Nullable(String)),
    reason          Nullable(String),
    offset          UInt64,
    time            DateTime64(3, 'UTC'),
    event_id        String
)
ENGINE = MergeTree
ORDER BY (model, decision_number, instance, offset)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW servings_from_events TO servings AS
WITH JSONExtract(data, 'Tuple(
    model String, decisionNumber UInt64, decisionId String, instance String, version Nullable(String),
    served Nullable(String), package Nullable(String), code Nullable(String), reason Nullable(String))') AS report
SELECT
    report.model          AS model,
    report.decisionNumber AS decision_number,
    report.decisionId     AS decision_id,
    report.instance       AS instance,
    transform(type, ['VersionServing', 'ServingFailed', 'ServingEnded'], ['serving', 'failed', 'ended'], '') AS state,
    report.version        AS version,
    if(type = 'VersionServing', report.version, report.served) AS served,
    report.package        AS package,
    report.code           AS code,
    report.reason         AS reason,
    offset,
    time,
    id                    AS event_id
FROM stream_servings
WHERE type IN ('VersionServing', 'ServingFailed', 'ServingEnded');
