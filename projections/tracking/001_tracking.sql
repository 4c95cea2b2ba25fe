-- Values of metrics that tracking clients (MLflow) logged, a row each time that one was logged: `DISTINCT` without event_id counts one that was sent twice once.
CREATE TABLE tracked_metrics
(
    run_id         String,
    key            String, -- name of the metric
    value          Float64,
    timestamp      Int64, -- milliseconds since the epoch, by the client
    step           Int64,
    model_id       Nullable(String), -- logged model that it is of
    dataset_name   Nullable(String),
    dataset_digest Nullable(String),
    time           DateTime64(3, 'UTC'),
    event_id       String,
    topic          LowCardinality(String),
    partition      UInt16,
    offset         UInt64
)
ENGINE = MergeTree
ORDER BY (run_id, key, step, timestamp, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW tracked_metrics_from_events TO tracked_metrics AS
WITH arrayJoin(metrics) AS m
SELECT
    runId AS run_id,
    m.key AS key,
    m.value AS value,
    m.timestamp AS timestamp,
    m.step AS step,
    m.modelId AS model_id,
    m.datasetName AS dataset_name,
    m.datasetDigest AS dataset_digest,
    _time AS time,
    _id AS event_id,
    _topic AS topic,
    _partition AS partition,
    _offset AS offset
FROM stream_tracking
WHERE _type = 'TrackedValuesLogged';

-- What tracking clients logged of runs, a row an event, but for the values of metrics.
CREATE TABLE tracked_run_steps
(
    run_id        String,
    type          LowCardinality(String), -- of the event
    experiment_id Nullable(String),
    name          Nullable(String),
    user_name     Nullable(String),
    status        LowCardinality(Nullable(String)), -- RUNNING, SCHEDULED, FINISHED, FAILED or KILLED
    lifecycle     LowCardinality(Nullable(String)), -- active or deleted
    started_at    Nullable(DateTime64(3, 'UTC')), -- by the clock of the client
    ended_at      Nullable(DateTime64(3, 'UTC')), -- by the clock of the client
    params        Map(String, String),
    tags          Map(String, String), -- set by the event
    removed_tags  Array(String), -- taken away by the event
    requested_by  String,
    time          DateTime64(3, 'UTC'),
    event_id      String,
    topic         LowCardinality(String),
    partition     UInt16,
    offset        UInt64
)
ENGINE = MergeTree
ORDER BY (run_id, offset, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW tracked_run_steps_from_events TO tracked_run_steps AS
SELECT
    runId AS run_id,
    _type AS type,
    experimentId AS experiment_id,
    name,
    userName AS user_name,
    if(_type = 'TrackedRunStarted', 'RUNNING', status) AS status,
    if(_type = 'TrackedRunStarted', 'active', lifecycleStage) AS lifecycle,
    startedAt AS started_at,
    endedAt AS ended_at,
    mapFromArrays(arrayMap(p -> p.key, params), arrayMap(p -> p.value, params)) AS params,
    mapFromArrays(arrayMap(t -> t.key, tags), arrayMap(t -> t.value, tags)) AS tags,
    removedTags AS removed_tags,
    requestedBy AS requested_by,
    _time AS time,
    _id AS event_id,
    _topic AS topic,
    _partition AS partition,
    _offset AS offset
FROM stream_tracking
WHERE _type IN ('TrackedRunStarted', 'TrackedRunChanged')
   OR (_type = 'TrackedValuesLogged' AND (notEmpty(params) OR notEmpty(tags) OR notEmpty(removedTags)));

-- Runs of tracking clients, one row each, as they stand now. A parameter keeps its first value.
CREATE VIEW tracked_runs AS
SELECT
    run_id,
    anyIf(s.experiment_id, s.type = 'TrackedRunStarted') AS experiment_id,
    argMaxIf(s.name, s.offset, s.name IS NOT NULL) AS name,
    anyIf(s.user_name, s.type = 'TrackedRunStarted') AS user_name,
    argMaxIf(s.status, s.offset, s.status IS NOT NULL) AS status, -- RUNNING, SCHEDULED, FINISHED, FAILED or KILLED
    argMaxIf(s.lifecycle, s.offset, s.lifecycle IS NOT NULL) AS lifecycle, -- active or deleted
    anyIf(s.started_at, s.type = 'TrackedRunStarted') AS started_at, -- by the clock of the client
    argMaxIf(s.ended_at, s.offset, s.ended_at IS NOT NULL) AS ended_at, -- by the clock of the client
    mapFromArrays(
        arrayReverse(arrayMap(p -> p.2, arraySort(p -> p.1, groupArrayArray(arrayMap(k -> (s.offset, k), mapKeys(s.params)))))),
        arrayReverse(arrayMap(p -> p.2, arraySort(p -> p.1, groupArrayArray(arrayMap(v -> (s.offset, v), mapValues(s.params))))))
    ) AS params
FROM tracked_run_steps AS s
GROUP BY run_id;
