-- Training runs, a row for each step. A hyperparameter is text, a number, a boolean or a list: `params` holds each as JSON.

CREATE TABLE run_steps
(
    run_id         String,
    sequence       UInt64,
    status         LowCardinality(String), -- requested, running, interrupted, completed, failed or cancelled
    model          LowCardinality(Nullable(String)),
    dataset_id     Nullable(String),
    engine         LowCardinality(Nullable(String)),
    seed           Nullable(Int32),
    from_version   LowCardinality(Nullable(String)), -- the version whose weights it starts from
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
    search_id      Nullable(String), -- search that it is a trial of
    time           DateTime64(3, 'UTC'),
    event_id       String,
    topic          LowCardinality(String),
    partition      UInt16,
    offset         UInt64
)
ENGINE = MergeTree
ORDER BY (run_id, sequence, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW run_steps_from_events TO run_steps AS
SELECT
    runId         AS run_id,
    _sequence     AS sequence,
    transform(_type, ['TrainingRequested', 'TrainingStarted', 'TrainingInterrupted', 'TrainingResumed', 'TrainingCompleted', 'TrainingFailed', 'RunCancelled'],
                    ['requested', 'running', 'interrupted', 'running', 'completed', 'failed', 'cancelled'], '') AS status,
    model,
    datasetId     AS dataset_id,
    engine,
    seed,
    fromVersion   AS from_version,
    CAST(JSONExtractKeysAndValuesRaw(ifNull(params, '{}')), 'Map(String, String)') AS params,
    metrics,
    primaryMetric AS primary_metric,
    contentHash   AS content_hash,
    package,
    modelHash     AS model_hash,
    epochs,
    bestEpoch     AS best_epoch,
    stoppedEarly  AS stopped_early,
    seconds,
    code,
    reason,
    searchId      AS search_id,
    _time         AS time,
    _id           AS event_id,
    _topic        AS topic,
    _partition    AS partition,
    _offset       AS offset
FROM stream_runs
WHERE _type IN ('TrainingRequested', 'TrainingStarted', 'TrainingInterrupted', 'TrainingResumed', 'TrainingCompleted', 'TrainingFailed', 'RunCancelled');

-- Epochs of training runs.
CREATE TABLE epochs
(
    run_id     String,
    epoch      UInt32,
    train_loss Float64,
    validation Map(String, Float64),
    seconds    Float64,
    learning_rate      Nullable(Float64), -- of its last step; null: the engine has none
    gradient_norm      Nullable(Float64), -- mean over its steps
    samples_per_second Nullable(Float64), -- samples of the training split
    cpu_percent        Nullable(Float64), -- of one core
    rss_bytes          Nullable(Int64), -- memory of the training process at its end
    device             Nullable(String), -- what computed it, such as wasm or cuda; null: the engine has no choice
    device_bytes       Nullable(Int64), -- memory of a device of its own
    watt_hours         Nullable(Float64), -- estimated from a stated power
    co2_grams          Nullable(Float64), -- estimated from a stated power
    time       DateTime64(3, 'UTC'),
    event_id   String,
    topic      LowCardinality(String),
    partition  UInt16,
    offset     UInt64
)
ENGINE = MergeTree
ORDER BY (run_id, epoch, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW epochs_from_events TO epochs AS
SELECT
    runId     AS run_id,
    epoch,
    trainLoss AS train_loss,
    validation,
    seconds,
    learningRate     AS learning_rate,
    gradientNorm     AS gradient_norm,
    samplesPerSecond AS samples_per_second,
    cpuPercent       AS cpu_percent,
    rssBytes         AS rss_bytes,
    device,
    deviceBytes      AS device_bytes,
    energy.wattHours AS watt_hours,
    energy.co2Grams  AS co2_grams,
    _time     AS time,
    _id       AS event_id,
    _topic    AS topic,
    _partition AS partition,
    _offset   AS offset
FROM stream_runs
WHERE _type = 'EpochCompleted';

-- Training runs, one row each, as they stand now. A request has sequence 0 and facts count from 1, so that the last step is the one with the highest.
CREATE VIEW runs AS
SELECT
    run_id,
    argMax(run_steps.status, sequence)                      AS status, -- of the last step: requested, running, interrupted, completed, failed or cancelled
    argMax(run_steps.model, sequence)                       AS model,
    argMax(run_steps.dataset_id, sequence)                  AS dataset_id,
    argMax(run_steps.engine, sequence)                      AS engine,
    argMax(run_steps.seed, sequence)                        AS seed,
    argMax(run_steps.from_version, sequence)                AS from_version, -- the version whose weights it starts from
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
    max(run_steps.search_id)                                AS search_id, -- search that it is a trial of; null: of none
    minOrNullIf(time, run_steps.status = 'requested')       AS requested_at, -- when it was asked for
    minOrNullIf(time, run_steps.status = 'running')         AS started_at, -- when it began
    maxOrNullIf(time, run_steps.status IN ('completed', 'failed', 'cancelled')) AS ended_at -- when it ended; null before
FROM run_steps
GROUP BY run_id;
