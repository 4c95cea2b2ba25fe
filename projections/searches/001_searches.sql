-- Searches for hyperparameters, a row for their start and one for their end. Hyperparameters are text, numbers, booleans or lists: as JSON.

CREATE TABLE search_steps
(
    search_id    String,
    sequence     UInt64,
    status       LowCardinality(String), -- running, completed or refused
    model        LowCardinality(Nullable(String)),
    task         LowCardinality(Nullable(String)),
    engine       LowCardinality(Nullable(String)),
    dataset_id   Nullable(String),
    metric       LowCardinality(Nullable(String)), -- the objective
    direction    LowCardinality(Nullable(String)), -- minimize or maximize
    settings     Nullable(String), -- all of the search file, as JSON
    params       Map(String, String), -- of the start those that all trials share, of the end those of the best trial with them
    outcome      LowCardinality(Nullable(String)), -- trials, exhausted, time_limit, stopped or failures
    best         Nullable(UInt32), -- trial
    value        Nullable(Float64), -- of the objective in the best trial
    completed    Nullable(UInt32), -- trials
    pruned       Nullable(UInt32), -- trials
    failed       Nullable(UInt32), -- trials
    code         LowCardinality(Nullable(String)),
    reason       Nullable(String),
    requested_by Nullable(String),
    time         DateTime64(3, 'UTC'),
    event_id     String,
    topic        LowCardinality(String),
    partition    UInt16,
    offset       UInt64
)
ENGINE = MergeTree
ORDER BY (search_id, sequence, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW search_steps_from_events TO search_steps AS
SELECT
    searchId    AS search_id,
    _sequence   AS sequence,
    transform(_type, ['SearchStarted', 'SearchCompleted', 'SearchRefused'], ['running', 'completed', 'refused'], '') AS status,
    model,
    task,
    engine,
    datasetId   AS dataset_id,
    metric,
    direction,
    settings,
    CAST(JSONExtractKeysAndValuesRaw(ifNull(params, '{}')), 'Map(String, String)') AS params,
    outcome,
    best,
    value,
    completed,
    pruned,
    failed,
    code,
    reason,
    requestedBy AS requested_by,
    _time       AS time,
    _id         AS event_id,
    _topic      AS topic,
    _partition  AS partition,
    _offset     AS offset
FROM stream_searches
WHERE _type IN ('SearchStarted', 'SearchCompleted', 'SearchRefused');

-- The trials of searches, a row for each step but their reports, which are the epochs of their runs.
CREATE TABLE trial_steps
(
    search_id String,
    trial     UInt32, -- of the search, from 1
    sequence  UInt64,
    status    LowCardinality(String), -- running, completed, pruned or failed
    run_id    Nullable(String),
    params    Map(String, String), -- hyperparameters that are searched, as JSON
    step      Nullable(UInt32), -- epoch at which it was pruned
    value     Nullable(Float64), -- of the objective
    metrics   Map(String, Float64), -- on the validation split
    code      LowCardinality(Nullable(String)),
    reason    Nullable(String),
    time      DateTime64(3, 'UTC'),
    event_id  String,
    topic     LowCardinality(String),
    partition UInt16,
    offset    UInt64
)
ENGINE = MergeTree
ORDER BY (search_id, trial, sequence, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW trial_steps_from_events TO trial_steps AS
SELECT
    searchId   AS search_id,
    ifNull(trial, 0) AS trial,
    _sequence  AS sequence,
    transform(_type, ['TrialStarted', 'TrialCompleted', 'TrialPruned', 'TrialFailed'],
                     ['running', 'completed', 'pruned', 'failed'], '') AS status,
    runId      AS run_id,
    CAST(JSONExtractKeysAndValuesRaw(ifNull(`values`, '{}')), 'Map(String, String)') AS params,
    step,
    value,
    metrics,
    code,
    reason,
    _time      AS time,
    _id        AS event_id,
    _topic     AS topic,
    _partition AS partition,
    _offset    AS offset
FROM stream_searches
WHERE _type IN ('TrialStarted', 'TrialCompleted', 'TrialPruned', 'TrialFailed');

-- Searches, one row each, as they stand now.
CREATE VIEW searches AS
SELECT
    search_id,
    argMaxIf(search_steps.status, sequence, search_steps.status != 'refused') AS status, -- running or completed
    argMaxIf(search_steps.model, sequence, search_steps.status != 'refused') AS model,
    anyIf(search_steps.task, search_steps.status = 'running')       AS task,
    anyIf(search_steps.engine, search_steps.status = 'running')     AS engine,
    anyIf(search_steps.dataset_id, search_steps.status = 'running') AS dataset_id,
    anyIf(search_steps.metric, search_steps.status = 'running')     AS metric,
    anyIf(search_steps.direction, search_steps.status = 'running')  AS direction,
    anyIf(search_steps.settings, search_steps.status = 'running')   AS settings,
    anyIf(search_steps.params, search_steps.status = 'completed')   AS params, -- of the best trial
    anyIf(search_steps.outcome, search_steps.status = 'completed')  AS outcome,
    anyIf(search_steps.best, search_steps.status = 'completed')     AS best,
    anyIf(search_steps.value, search_steps.status = 'completed')    AS value,
    anyIf(search_steps.completed, search_steps.status = 'completed') AS completed,
    anyIf(search_steps.pruned, search_steps.status = 'completed')   AS pruned,
    anyIf(search_steps.failed, search_steps.status = 'completed')   AS failed,
    argMaxIf(search_steps.reason, sequence, search_steps.status != 'refused') AS reason, -- of the request, or why it ended
    anyIf(search_steps.requested_by, search_steps.status = 'running') AS requested_by,
    minOrNullIf(time, search_steps.status = 'running')              AS started_at, -- when it began
    minOrNullIf(time, search_steps.status = 'completed')            AS ended_at -- when it ended; null before
FROM search_steps
GROUP BY search_id
HAVING countIf(search_steps.status = 'running') > 0;

-- Trials of searches, one row each, as they stand now.
CREATE VIEW trials AS
SELECT
    search_id,
    trial, -- of the search, from 1
    argMax(trial_steps.status, sequence)                   AS status, -- running, completed, pruned or failed
    anyIf(trial_steps.run_id, trial_steps.status = 'running') AS run_id,
    anyIf(trial_steps.params, trial_steps.status = 'running') AS params, -- hyperparameters that are searched
    argMax(trial_steps.step, sequence)                     AS step, -- epoch at which it was pruned
    argMax(trial_steps.value, sequence)                    AS value, -- of the objective
    argMax(trial_steps.metrics, sequence)                  AS metrics,
    argMax(trial_steps.code, sequence)                     AS code,
    argMax(trial_steps.reason, sequence)                   AS reason,
    minOrNullIf(time, trial_steps.status = 'running')      AS started_at, -- when it began
    minOrNullIf(time, trial_steps.status != 'running')     AS ended_at -- when it ended; null before
FROM trial_steps
GROUP BY search_id, trial;
