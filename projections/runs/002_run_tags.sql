-- Tags of runs, a row each time that one was set or removed: of training runs, and of those that tracking clients (MLflow) logged.
CREATE TABLE run_tag_steps
(
    run_id    String,
    key       String, -- name of the tag
    value     Nullable(String), -- null: it was removed
    time      DateTime64(3, 'UTC'),
    event_id  String,
    topic     LowCardinality(String),
    partition UInt16,
    offset    UInt64
)
ENGINE = MergeTree
ORDER BY (run_id, key, offset, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW run_tag_steps_from_events TO run_tag_steps AS
WITH arrayJoin(arrayConcat(
    arrayMap(t -> (t.key, CAST(t.value, 'Nullable(String)')), tags),
    arrayMap(k -> (k, CAST(NULL, 'Nullable(String)')), removedTags))) AS tag
SELECT
    runId AS run_id,
    tag.1 AS key,
    tag.2 AS value,
    _time AS time,
    _id AS event_id,
    _topic AS topic,
    _partition AS partition,
    _offset AS offset
FROM stream_runs
WHERE _type = 'RunTagged';

CREATE MATERIALIZED VIEW run_tag_steps_from_tracking TO run_tag_steps AS
WITH arrayJoin(arrayConcat(
    arrayMap(t -> (t.key, CAST(t.value, 'Nullable(String)')), tags),
    arrayMap(k -> (k, CAST(NULL, 'Nullable(String)')), removedTags))) AS tag
SELECT
    runId AS run_id,
    tag.1 AS key,
    tag.2 AS value,
    _time AS time,
    _id AS event_id,
    _topic AS topic,
    _partition AS partition,
    _offset AS offset
FROM stream_tracking
WHERE _type IN ('TrackedRunStarted', 'TrackedValuesLogged');

-- Tags of runs as they stand now.
CREATE VIEW run_tags AS
SELECT run_id, key, argMax(tuple(run_tag_steps.value), offset).1 AS value
FROM run_tag_steps
GROUP BY run_id, key
HAVING isNotNull(value);
