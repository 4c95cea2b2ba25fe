-- Every change of every version of every model: registered, approved, promoted, refused, archived, rolled back to; and models
-- that were retired.

CREATE TABLE version_history
(
    model          LowCardinality(String),
    sequence       UInt64,
    version        LowCardinality(Nullable(String)),
    change         LowCardinality(String), -- registered, promoted, refused, archived, rolled_back or retired
    replaced       LowCardinality(Nullable(String)), -- the version that it replaced in production; null for none
    run_id         Nullable(String),
    package        Nullable(String),
    model_hash     Nullable(String),
    dataset_id     Nullable(String),
    evaluation_id  Nullable(String),
    metrics        Map(String, Float64),
    primary_metric LowCardinality(Nullable(String)),
    code           LowCardinality(Nullable(String)),
    reason         Nullable(String),
    requested_by   Nullable(String),
    policy_version UInt32,
    time           DateTime64(3, 'UTC'),
    instant        DateTime64(3, 'UTC'),
    event_id       String,
    topic          LowCardinality(String),
    partition      UInt16,
    offset         UInt64
)
ENGINE = MergeTree
ORDER BY (model, sequence, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW version_history_from_events TO version_history AS
SELECT
    model,
    _sequence     AS sequence,
    version,
    transform(_type,
        ['VersionRegistered', 'VersionApproved', 'VersionPromoted', 'PromotionRefused', 'VersionArchived',
         'VersionRolledBack', 'ModelRetired'],
        ['registered', 'approved', 'promoted', 'refused', 'archived', 'rolled_back', 'retired'], '') AS change,
    coalesce(previous, `from`) AS replaced,
    runId         AS run_id,
    package,
    modelHash     AS model_hash,
    datasetId     AS dataset_id,
    evaluationId  AS evaluation_id,
    metrics,
    primaryMetric AS primary_metric,
    code,
    reason,
    requestedBy   AS requested_by,
    policyVersion AS policy_version,
    _time         AS time,
    _instant      AS instant,
    _id           AS event_id,
    _topic        AS topic,
    _partition    AS partition,
    _offset       AS offset
FROM stream_models
WHERE _type IN ('VersionRegistered', 'VersionApproved', 'VersionPromoted', 'PromotionRefused', 'VersionArchived',
                'VersionRolledBack', 'ModelRetired');

-- Versions, one row each, as they stand now. In production is the one that was promoted or rolled back to last, unless its model
-- was retired after that.
CREATE VIEW versions AS
WITH in_production AS
(
    SELECT model, argMax(if(change = 'retired', '', assumeNotNull(version)), sequence) AS version
    FROM version_history
    WHERE change IN ('promoted', 'rolled_back', 'retired')
    GROUP BY model
)
SELECT
    model,
    assumeNotNull(version_history.version) AS version,
    multiIf(
        (model, version) IN (SELECT model, version FROM in_production), 'production',
        argMax(change, sequence) = 'archived', 'archived',
        argMax(change, sequence) = 'refused', 'refused',
        argMax(change, sequence) = 'approved', 'approved',
        countIf(change IN ('promoted', 'rolled_back')) > 0, 'replaced',
        'registered') AS status, -- production, registered, refused, archived or replaced
    argMaxIf(reason, sequence, change != 'registered')                AS reason,
    max(run_id)                                                       AS run_id,
    max(package)                                                      AS package,
    max(model_hash)                                                   AS model_hash,
    max(dataset_id)                                                   AS dataset_id,
    max(evaluation_id)                                                AS evaluation_id,
    argMaxIf(metrics, sequence, change = 'registered')                AS metrics,
    max(primary_metric)                                               AS primary_metric,
    minOrNullIf(time, change = 'registered')                          AS registered_at, -- when it got its number
    minOrNullIf(time, change IN ('promoted', 'rolled_back'))          AS first_in_production_at, -- null for one that never was
    maxOrNullIf(time, change IN ('promoted', 'rolled_back'))          AS last_in_production_at -- when it was put into production last
FROM version_history
WHERE change != 'retired'
GROUP BY model, version;
