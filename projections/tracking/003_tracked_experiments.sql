-- What happened to experiments of tracking clients (MLflow), which are projects here: a row an event.
CREATE TABLE tracked_experiment_steps
(
    experiment_id     String,
    type              LowCardinality(String), -- of the event
    name              Nullable(String), -- null: unchanged
    artifact_location Nullable(String),
    lifecycle         LowCardinality(Nullable(String)), -- active or deleted; null: unchanged
    tags              Map(String, String), -- set by the event
    removed_tags      Array(String), -- taken away by the event
    requested_by      String,
    time              DateTime64(3, 'UTC'),
    event_id          String,
    topic             LowCardinality(String),
    partition         UInt16,
    offset            UInt64
)
ENGINE = MergeTree
ORDER BY (experiment_id, offset, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW tracked_experiment_steps_from_events TO tracked_experiment_steps AS
SELECT
    experimentId AS experiment_id,
    _type AS type,
    name,
    artifactLocation AS artifact_location,
    if(_type = 'TrackedExperimentCreated', 'active', lifecycleStage) AS lifecycle,
    mapFromArrays(arrayMap(t -> t.key, tags), arrayMap(t -> t.value, tags)) AS tags,
    removedTags AS removed_tags,
    requestedBy AS requested_by,
    _time AS time,
    _id AS event_id,
    _topic AS topic,
    _partition AS partition,
    _offset AS offset
FROM stream_tracking
WHERE _type IN ('TrackedExperimentCreated', 'TrackedExperimentChanged');

-- Tags of experiments of tracking clients as they stand now.
CREATE VIEW tracked_experiment_tags AS
SELECT experiment_id, key, argMax(tuple(given), offset).1 AS value
FROM
(
    SELECT experiment_id, offset, change.1 AS key, change.2 AS given
    FROM tracked_experiment_steps
    ARRAY JOIN arrayConcat(
        arrayMap((k, v) -> (k, CAST(v, 'Nullable(String)')), mapKeys(tags), mapValues(tags)),
        arrayMap(k -> (k, CAST(NULL, 'Nullable(String)')), removed_tags)) AS change
)
GROUP BY experiment_id, key
HAVING isNotNull(value);

-- Experiments of tracking clients (MLflow), which are projects here, one row each, as they stand now.
CREATE VIEW tracked_experiments AS
SELECT
    experiment_id,
    argMaxIf(s.name, s.offset, isNotNull(s.name)) AS name,
    argMaxIf(s.lifecycle, s.offset, isNotNull(s.lifecycle)) AS lifecycle, -- active or deleted
    min(s.time) AS created_at, -- when its first event was written
    max(s.time) AS changed_at, -- when its last event was written
    argMin(s.requested_by, s.offset) AS created_by -- who sent its first event
FROM tracked_experiment_steps AS s
GROUP BY experiment_id;
