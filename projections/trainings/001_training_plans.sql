-- Training plans: a row when one starts, and one when it ends.

CREATE TABLE training_plan_changes
(
    model           LowCardinality(String),
    sequence        UInt64,
    plan_id         Nullable(String),
    change          LowCardinality(String), -- running when it starts; then promoted, refused, registered, failed or cancelled; not_started of a refused request
    cause           LowCardinality(Nullable(String)),
    samples         Nullable(UInt64),
    samples_at_last Nullable(UInt64),
    dataset_id      Nullable(String),
    run_id          Nullable(String),
    engine          LowCardinality(Nullable(String)),
    version         LowCardinality(Nullable(String)),
    code            LowCardinality(Nullable(String)),
    reason          String,
    policy_version  Nullable(UInt32),
    time            DateTime64(3, 'UTC'),
    event_id        String,
    topic           LowCardinality(String),
    partition       UInt16,
    offset          UInt64
)
ENGINE = MergeTree
ORDER BY (model, sequence, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW training_plan_changes_from_events TO training_plan_changes AS
SELECT
    model,
    _sequence     AS sequence,
    planId        AS plan_id,
    multiIf(_type = 'TrainingPlanned', 'running', _type = 'TrainingPlanRefused', 'not_started',
            assumeNotNull(outcome)) AS change,
    cause,
    samples,
    samplesAtLast AS samples_at_last,
    datasetId     AS dataset_id,
    runId         AS run_id,
    engine,
    version,
    code,
    reason,
    policyVersion AS policy_version,
    _time         AS time,
    _id           AS event_id,
    _topic        AS topic,
    _partition    AS partition,
    _offset       AS offset
FROM stream_trainings
WHERE _type IN ('TrainingPlanned', 'TrainingPlanConcluded', 'TrainingPlanRefused');

-- Training plans, one row each: why a model was trained, and how it ended. A refused request has no plan: its row has the id of the refusal.
CREATE VIEW training_plans AS
SELECT
    coalesce(training_plan_changes.plan_id, event_id)                   AS plan_id,
    max(training_plan_changes.model)                                          AS model,
    argMax(change, sequence)                                               AS status, -- the last change: running, promoted, refused, registered, failed, cancelled or not_started
    max(training_plan_changes.cause)                                          AS cause,
    argMin(training_plan_changes.reason, sequence)                            AS reason,
    argMaxOrNullIf(training_plan_changes.reason, sequence, change != 'running') AS outcome, -- why it ended so; null while it is running
    max(training_plan_changes.samples)                                        AS samples,
    max(training_plan_changes.samples_at_last)                                AS samples_at_last,
    max(training_plan_changes.dataset_id)                                     AS dataset_id,
    max(training_plan_changes.run_id)                                         AS run_id,
    max(training_plan_changes.engine)                                         AS engine,
    max(training_plan_changes.version)                                        AS version,
    max(training_plan_changes.code)                                           AS code,
    max(training_plan_changes.policy_version)                                 AS policy_version,
    min(time)                                                              AS planned_at, -- when it started
    maxOrNullIf(time, change != 'running')                                 AS ended_at -- when it ended; null while it is running
FROM training_plan_changes
GROUP BY plan_id;
