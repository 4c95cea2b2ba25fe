-- What people call versions, and what each costs: by these, and by where it answers, a version has a stage.

-- Tags that were given to versions, or removed.
CREATE TABLE version_tags
(
    model        LowCardinality(String),
    version      LowCardinality(String),
    tags         Map(String, String), -- by name; an empty text removed one
    requested_by String,
    time         DateTime64(3, 'UTC'),
    event_id     String,
    topic        LowCardinality(String),
    partition    UInt16,
    offset       UInt64
)
ENGINE = MergeTree
ORDER BY (model, version, time, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW version_tags_from_events TO version_tags AS
SELECT
    model,
    version,
    tags,
    requestedBy AS requested_by,
    _time       AS time,
    _id         AS event_id,
    _topic      AS topic,
    _partition  AS partition,
    _offset     AS offset
FROM stream_models
WHERE _type = 'VersionTagged';

-- All aliases of a model after each change: the last row counts.
CREATE TABLE model_aliases
(
    model        LowCardinality(String),
    sequence     UInt64,
    aliases      Map(String, String), -- the version that each stands for
    reason       String,
    requested_by String,
    time         DateTime64(3, 'UTC'),
    event_id     String,
    topic        LowCardinality(String),
    partition    UInt16,
    offset       UInt64
)
ENGINE = MergeTree
ORDER BY (model, sequence, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW model_aliases_from_events TO model_aliases AS
SELECT
    model,
    _sequence   AS sequence,
    aliases,
    reason,
    requestedBy AS requested_by,
    _time       AS time,
    _id         AS event_id,
    _topic      AS topic,
    _partition  AS partition,
    _offset     AS offset
FROM stream_models
WHERE _type = 'AliasesChanged';

-- What packages cost, as evaluations measured it.
CREATE TABLE package_costs
(
    package       String,
    costs         Map(String, Float64), -- sizeMb, memoryMb, p95Ms, driftKl
    time          DateTime64(3, 'UTC'),
    event_id      String,
    topic         LowCardinality(String),
    partition     UInt16,
    offset        UInt64
)
ENGINE = MergeTree
ORDER BY (package, time, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW package_costs_from_events TO package_costs AS
SELECT
    package,
    operational AS costs,
    _time       AS time,
    _id         AS event_id,
    _topic      AS topic,
    _partition  AS partition,
    _offset     AS offset
FROM stream_evaluations
WHERE _type = 'EvaluationCompleted';

-- Versions as they stand now, with the stage that each has reached, its names and its size.
CREATE VIEW version_stages AS
WITH elsewhere AS
(
    SELECT model, answering AS version, groupArray(toString(environment)) AS environments
    FROM
    (
        SELECT model, environment, argMax(version, sequence) AS answering
        FROM deployment_history
        LEFT JOIN (SELECT model, max(time) AS retired_at FROM version_history WHERE change = 'retired' GROUP BY model)
            AS ended USING (model)
        WHERE change = 'completed' AND environment != 'production' AND strategy != 'shadow' AND time > retired_at
        GROUP BY model, environment
    )
    GROUP BY model, version
),
named AS
(
    SELECT model, pair.2 AS version, arraySort(groupArray(pair.1)) AS aliases
    FROM (SELECT model, arrayJoin(CAST(argMax(aliases, sequence), 'Array(Tuple(String, String))')) AS pair FROM model_aliases GROUP BY model)
    GROUP BY model, version
),
tagged AS
(
    SELECT model, version, CAST(arraySort(groupArray((tag, value))), 'Map(String, String)') AS tags
    FROM
    (
        SELECT model, version, pair.1 AS tag, argMax(pair.2, (time, event_id)) AS value
        FROM version_tags
        ARRAY JOIN CAST(tags, 'Array(Tuple(String, String))') AS pair
        GROUP BY model, version, tag
        HAVING value != ''
    )
    GROUP BY model, version
),
measured AS
(
    SELECT package, argMax(costs, (time, event_id)) AS costs FROM package_costs GROUP BY package
)
SELECT
    versions.model AS model,
    versions.version AS version,
    versions.status AS status, -- production, registered, approved, refused, archived or replaced
    versions.reason AS reason,
    versions.run_id AS run_id,
    versions.package AS package,
    versions.model_hash AS model_hash,
    versions.dataset_id AS dataset_id,
    versions.evaluation_id AS evaluation_id,
    versions.metrics AS metrics,
    versions.primary_metric AS primary_metric,
    versions.registered_at AS registered_at, -- when it got its number
    versions.first_in_production_at AS first_in_production_at, -- null for one that never was
    versions.last_in_production_at AS last_in_production_at, -- when it was put into production last
    multiIf(versions.status = 'production', 'production',
            notEmpty(elsewhere.environments), 'staging',
            versions.status IN ('archived', 'refused', 'replaced'), 'archived',
            'registered') AS stage, -- registered, staging, production or archived
    elsewhere.environments AS environments, -- other than production in which it answers
    named.aliases AS aliases,
    tagged.tags AS tags,
    if(mapContains(measured.costs, 'sizeMb'), measured.costs['sizeMb'], NULL) AS size_mb -- of its package, all files
FROM versions
LEFT JOIN elsewhere ON versions.model = elsewhere.model AND versions.version = elsewhere.version
LEFT JOIN named ON versions.model = named.model AND versions.version = named.version
LEFT JOIN tagged ON versions.model = tagged.model AND versions.version = tagged.version
LEFT JOIN measured ON versions.package = measured.package;
