-- Training runs: every step of each, their epochs, and the view `runs` with one row for each run. A hyperparameter is text, a
-- number, a boolean or a list: `params` holds each as JSON.

CREATE TABLE run_steps
(
    run_id         String,
    sequence       UInt64,
    status         LowCardinality(String),
    model          LowCardinality(Nullable(String)),
    dataset_id     Nullable(String),
    engine         LowCardinality(Nullable(String)),
    seed           Nullable(Int32),
    params         Map(String, String),
    metrics        Map(String, Float64),
    primary_metric LowCardinality(Nullable(String)),
    content_hash   Nullable(String),
    package        Nullable(String),
    model_hash     Nullable(String),
    epochs         Nullable(UInt32),
    best_epoch     Nullable(UInt32),
    stopped_early  Nullable(Bool),
    seconds        Nullable(Float64),
    code           LowCardinality(Nullable(String)),
    reason         Nullable(String),
    time           DateTime64(3, 'UTC'),
    event_id       String
)
ENGINE = MergeTree
ORDER BY (run_id, sequence, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW run_steps_from_events TO run_steps AS
WITH JSONExtract(data, 'Tuple(
    runId String, model Nullable(String), datasetId Nullable(String), engine Nullable(String), seed Nullable(Int32),
    metrics Map(String, Float64), primaryMetric Nullable(String), contentHash Nullable(String), package Nullable(String), modelHash Nullable(String),
    epochs Nullable(UInt32), bestEpoch Nullable(UInt32), stoppedEarly Nullable(Bool), seconds Nullable(Float64),
    code Nullable(String), reason Nullable(String))') AS step
SELECT
    step.runId         AS run_id,
    sequence,
    transform(type, ['TrainingRequested', 'TrainingStarted', 'TrainingCompleted', 'TrainingFailed', 'RunCancelled'],
                    ['requested', 'running', 'completed', 'failed', 'cancelled'], '') AS status,
    step.model         AS model,
    step.datasetId     AS dataset_id,
    step.engine        AS engine,
    step.seed          AS seed,
    CAST(JSONExtractKeysAndValuesRaw(data, 'params'), 'Map(String, String)') AS params,
    step.metrics       AS metrics,
    step.primaryMetric AS primary_metric,
    step.contentHash   AS content_hash,
    step.package       AS package,
    step.modelHash     AS model_hash,
    step.epochs        AS epochs,
    step.bestEpoch     AS best_epoch,
    step.stoppedEarly  AS stopped_early,
    step.seconds       AS seconds,
    step.code          AS code,
    step.reason        AS reason,
    time,
    id                 AS event_id
FROM stream_runs
WHERE type IN ('TrainingRequested', 'TrainingStarted', 'TrainingCompleted', 'TrainingFailed', 'RunCancelled');

CREATE TABLE epochs
(
    run_id     String,
    epoch      UInt32,
    train_loss Float64,
    validation Map(String, Float64),
    seconds    Float64,
    time       DateTime64(3, 'UTC'),
    event_id   String
)
ENGINE = MergeTree
ORDER BY (run_id, epoch, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW epochs_from_events TO epochs AS
WITH JSONExtract(data, 'Tuple(
    runId String, epoch UInt32, trainLoss Float64, validation Map(String, Float64), seconds Float64)') AS e
SELECT
    e.runId      AS run_id,
    e.epoch      AS epoch,
    e.trainLoss  AS train_loss,
    e.validation AS validation,
    e.seconds    AS seconds,
    time,
    id           AS event_id
FROM stream_runs
WHERE type = 'EpochCompleted';

-- A request has sequence 0 and facts count from 1, so that the last step is the one with the highest.
CREATE VIEW runs AS
SELECT
    run_id,
    argMax(run_steps.status, sequence)                      AS status,
    argMax(run_steps.model, sequence)                       AS model,
    argMax(run_steps.dataset_id, sequence)                  AS dataset_id,
    argMax(run_steps.engine, sequence)                      AS engine,
    argMax(run_steps.seed, sequence)                        AS seed,
    argMaxIf(run_steps.params, sequence, notEmpty(run_steps.params)) AS params,
    argMaxIf(run_steps.metrics, sequence, run_steps.status = 'completed') AS metrics,
    argMax(run_steps.primary_metric, sequence)              AS primary_metric,
    argMax(run_steps.content_hash, sequence)                AS content_hash,
    argMax(run_steps.package, sequence)                     AS package,
    argMax(run_steps.model_hash, sequence)                  AS model_hash,
    argMax(run_steps.epochs, sequence)                      AS epochs,
    argMax(run_steps.best_epoch, sequence)                  AS best_epoch,
    argMax(run_steps.stopped_early, sequence)               AS stopped_early,
    argMax(run_steps.seconds, sequence)                     AS seconds,
    argMax(run_steps.code, sequence)                        AS code,
    argMax(run_steps.reason, sequence)                      AS reason,
    minOrNullIf(time, run_steps.status = 'requested')       AS requested_at,
    minOrNullIf(time, run_steps.status = 'running')         AS started_at,
    maxOrNullIf(time, run_steps.status IN ('completed', 'failed', 'cancelled')) AS ended_at
FROM run_steps
GROUP BY run_id;
