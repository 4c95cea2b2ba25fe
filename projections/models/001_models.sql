-- Declarations of tasks and models: each row one, the newest counts.

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
    declared_at  DateTime64(3, 'UTC'),
    event_id     String
)
ENGINE = MergeTree
ORDER BY (model, declared_at, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW model_declarations_from_events TO model_declarations AS
WITH JSONExtract(data, 'Tuple(
    model String, version String, task String, engine String, seed Int32, owner String, description String,
    intendedUse String, limits String, licence String, file String, requestedBy String)') AS declared
SELECT
    declared.model                     AS model,
    declared.version                   AS version,
    declared.task                      AS task,
    declared.engine                    AS engine,
    JSONExtractRaw(data, 'parameters') AS parameters,
    declared.seed                      AS seed,
    declared.owner                     AS owner,
    declared.description               AS description,
    declared.intendedUse               AS intended_use,
    declared.limits                    AS limits,
    declared.licence                   AS licence,
    declared.file                      AS file,
    declared.requestedBy               AS requested_by,
    time                               AS declared_at,
    id                                 AS event_id
FROM stream_models
WHERE type = 'ModelDeclared';

CREATE TABLE task_declarations
(
    task         LowCardinality(String),
    version      String,
    file         String CODEC(ZSTD),
    requested_by String,
    declared_at  DateTime64(3, 'UTC'),
    event_id     String
)
ENGINE = MergeTree
ORDER BY (task, declared_at, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW task_declarations_from_events TO task_declarations AS
WITH JSONExtract(data, 'Tuple(task String, version String, file String, requestedBy String)') AS declared
SELECT
    declared.task        AS task,
    declared.version     AS version,
    declared.file        AS file,
    declared.requestedBy AS requested_by,
    time                 AS declared_at,
    id                   AS event_id
FROM stream_tasks
WHERE type = 'TaskDeclared';
