-- Why models were trained again, and what came of it.

CREATE TABLE retraining_changes
(
    model           LowCardinality(String),
    sequence        UInt64,
    retraining_id   Nullable(String),
    change          LowCardinality(String),
    cause           LowCardinality(Nullable(String)),
    samples         Nullable(UInt64),
    samples_at_last Nullable(UInt64),
    dataset_id      Nullable(String),
    run_id          Nullable(String),
    engine          LowCardinality(Nullable(String)),
    version         LowCardinality(Nullable(String)),
    code            LowCardinality(Nullable(String)),
    reason          String,
    time            DateTime64(3, 'UTC'),
    event_id        String
)
ENGINE = MergeTree
ORDER BY (model, sequence, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW retraining_changes_from_events TO retraining_changes AS
WITH JSONExtract(data, 'Tuple(
    model String, retrainingId Nullable(String), cause Nullable(String), samples Nullable(UInt64),
    samplesAtLast Nullable(UInt64), datasetId Nullable(String), runId Nullable(String), engine Nullable(String),
    outcome Nullable(String), version Nullable(String), code Nullable(String), reason String)') AS retraining
SELECT
    retraining.model         AS model,
    sequence,
    retraining.retrainingId  AS retraining_id,
    multiIf(type = 'RetrainingTriggered', 'running', type = 'RetrainingRefused', 'not_started',
            assumeNotNull(retraining.outcome)) AS change,
    retraining.cause         AS cause,
    retraining.samples       AS samples,
    retraining.samplesAtLast AS samples_at_last,
    retraining.datasetId     AS dataset_id,
    retraining.runId         AS run_id,
    retraining.engine        AS engine,
    retraining.version       AS version,
    retraining.code          AS code,
    retraining.reason        AS reason,
    time,
    id                       AS event_id
FROM events
WHERE type IN ('RetrainingTriggered', 'RetrainingConcluded', 'RetrainingRefused');

-- A refused request never became a retraining: it stands for itself under the id of its event.
CREATE VIEW retrainings AS
SELECT
    coalesce(retraining_changes.retraining_id, event_id)                   AS retraining_id,
    max(retraining_changes.model)                                          AS model,
    argMax(change, sequence)                                               AS status,
    max(retraining_changes.cause)                                          AS cause,
    argMin(retraining_changes.reason, sequence)                            AS reason,
    argMaxOrNullIf(retraining_changes.reason, sequence, change != 'running') AS outcome,
    max(retraining_changes.samples)                                        AS samples,
    max(retraining_changes.samples_at_last)                                AS samples_at_last,
    max(retraining_changes.dataset_id)                                     AS dataset_id,
    max(retraining_changes.run_id)                                         AS run_id,
    max(retraining_changes.engine)                                         AS engine,
    max(retraining_changes.version)                                        AS version,
    max(retraining_changes.code)                                           AS code,
    min(time)                                                              AS triggered_at,
    maxOrNullIf(time, change != 'running')                                 AS ended_at
FROM retraining_changes
GROUP BY retraining_id;
