-- Models that were retired. A version that is promoted afterwards brings its model back.

CREATE TABLE retirements
(
    model        LowCardinality(String),
    sequence     UInt64,
    version      LowCardinality(Nullable(String)),
    reason       String,
    requested_by String,
    time         DateTime64(3, 'UTC'),
    event_id     String
)
ENGINE = MergeTree
ORDER BY (model, sequence, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW retirements_from_events TO retirements AS
WITH JSONExtract(data, 'Tuple(model String, version Nullable(String), reason String, requestedBy String)') AS entry
SELECT
    entry.model       AS model,
    sequence,
    entry.version     AS version,
    entry.reason      AS reason,
    entry.requestedBy AS requested_by,
    time,
    id                AS event_id
FROM events
WHERE type = 'ModelRetired';

-- Every version as it stands: in production is the one that was promoted or rolled back to last, unless its model has been
-- retired since.
CREATE OR REPLACE VIEW versions AS
WITH in_production AS
(
    SELECT model, argMax(version, sequence) AS version
    FROM
    (
        SELECT model, sequence, version FROM version_history WHERE change IN ('promoted', 'rolled_back')
        UNION ALL
        SELECT model, sequence, '' AS version FROM retirements
    )
    GROUP BY model
)
SELECT
    model,
    version,
    multiIf(
        (model, version) IN (SELECT model, version FROM in_production), 'production',
        argMax(change, sequence) = 'archived', 'archived',
        argMax(change, sequence) = 'refused', 'refused',
        countIf(change IN ('promoted', 'rolled_back')) > 0, 'replaced',
        'registered') AS status,
    argMaxIf(reason, sequence, change != 'registered')                AS reason,
    max(run_id)                                                       AS run_id,
    max(package)                                                      AS package,
    max(model_hash)                                                   AS model_hash,
    max(dataset_id)                                                   AS dataset_id,
    max(evaluation_id)                                                AS evaluation_id,
    max(accuracy)                                                     AS accuracy,
    max(macro_f1)                                                     AS macro_f1,
    minOrNullIf(time, change = 'registered')                          AS registered_at,
    minOrNullIf(time, change IN ('promoted', 'rolled_back'))          AS first_in_production_at,
    maxOrNullIf(time, change IN ('promoted', 'rolled_back'))          AS last_in_production_at
FROM version_history
GROUP BY model, version;
