-- Declarations of models: each row one, the newest counts.

CREATE TABLE model_declarations
(
    model        LowCardinality(String),
    version      String,
    task         LowCardinality(String),
    engine       LowCardinality(String),
    parameters   String,
    seed         Int32,
    owner        String,
    description  String,
    intended_use String,
    limits       String,
    licence      String,
    file         String CODEC(ZSTD),
    requested_by String,
    declared_at  DateTime64(3, 'UTC'), -- when it was declared
    event_id     String,
    topic        LowCardinality(String),
    partition    UInt16,
    offset       UInt64
)
ENGINE = MergeTree
ORDER BY (model, declared_at, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW model_declarations_from_events TO model_declarations AS
SELECT
    model,
    version,
    task,
    engine,
    parameters,
    seed,
    owner,
    description,
    intendedUse AS intended_use,
    limits,
    licence,
    file,
    requestedBy AS requested_by,
    _time       AS declared_at,
    _id         AS event_id,
    _topic      AS topic,
    _partition  AS partition,
    _offset     AS offset
FROM stream_models
WHERE _type = 'ModelDeclared';

-- Declarations of tasks: each row one, the newest counts.
CREATE TABLE task_declarations
(
    task         LowCardinality(String),
    version      String,
    file         String CODEC(ZSTD),
    requested_by String,
    declared_at  DateTime64(3, 'UTC'), -- when it was declared
    event_id     String,
    topic        LowCardinality(String),
    partition    UInt16,
    offset       UInt64
)
ENGINE = MergeTree
ORDER BY (task, declared_at, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW task_declarations_from_events TO task_declarations AS
SELECT
    task,
    version,
    file,
    requestedBy AS requested_by,
    _time       AS declared_at,
    _id         AS event_id,
    _topic      AS topic,
    _partition  AS partition,
    _offset     AS offset
FROM stream_tasks
WHERE _type = 'TaskDeclared';
