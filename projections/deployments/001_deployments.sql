-- What happened to deployments, and the predictions of their stages.

CREATE TABLE deployment_history
(
    model          LowCardinality(String),
    environment    LowCardinality(String),
    deployment_id  String, -- empty of an abort that was refused, and of the guard
    change         LowCardinality(String), -- started, shifted, passed, failed, completed, rolled_back, refused or tripped (the guard of production)
    version        LowCardinality(Nullable(String)),
    previous       LowCardinality(Nullable(String)),
    strategy       LowCardinality(Nullable(String)),
    stages         Array(Float64),
    stage          Nullable(UInt16),
    share          Nullable(Float64),
    measurement_id Nullable(String),
    checks         Array(Tuple(name String, verdict String, candidate Nullable(Float64), production Nullable(Float64),
                               `limit` Nullable(Float64), pValue Nullable(Float64), reason String)), -- of a stage that passed or failed
    code           LowCardinality(Nullable(String)),
    reason         Nullable(String),
    requested_by   Nullable(String),
    policy_version UInt32,
    sequence       UInt64,
    time           DateTime64(3, 'UTC'),
    instant        DateTime64(3, 'UTC'),
    event_id       String,
    topic          LowCardinality(String),
    partition      UInt16,
    offset         UInt64
)
ENGINE = MergeTree
ORDER BY (model, environment, sequence, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW deployment_history_from_events TO deployment_history AS
SELECT
    model,
    environment,
    coalesce(deploymentId, '') AS deployment_id,
    transform(_type,
        ['DeploymentStarted', 'TrafficShifted', 'StagePassed', 'StageFailed', 'DeploymentCompleted',
         'DeploymentRolledBack', 'DeploymentRefused', 'GuardTripped'],
        ['started', 'shifted', 'passed', 'failed', 'completed', 'rolled_back', 'refused', 'tripped'], '') AS change,
    version,
    previous,
    strategy,
    stages,
    stage,
    share,
    measurementId AS measurement_id,
    checks,
    code,
    reason,
    requestedBy   AS requested_by,
    policyVersion AS policy_version,
    _sequence     AS sequence,
    _time         AS time,
    _instant      AS instant,
    _id           AS event_id,
    _topic        AS topic,
    _partition    AS partition,
    _offset       AS offset
FROM stream_deployments
WHERE _type IN ('DeploymentStarted', 'TrafficShifted', 'StagePassed', 'StageFailed', 'DeploymentCompleted',
                'DeploymentRolledBack', 'DeploymentRefused', 'GuardTripped');

CREATE TABLE deployment_predictions
(
    deployment_id String,
    stage         UInt16,
    variant       LowCardinality(String),
    request_id    String,
    version       LowCardinality(String),
    label         LowCardinality(Nullable(String)),
    value         Nullable(Float64), -- the predicted number
    confidence    Nullable(Float64), -- the probability of the label
    latency_ms    Float64, -- milliseconds until the answer; 0 where none came
    failure       LowCardinality(Nullable(String)), -- why the variant has no answer
    time          DateTime64(3, 'UTC'),
    event_id      String,
    topic         LowCardinality(String),
    partition     UInt16,
    offset        UInt64
)
ENGINE = MergeTree
ORDER BY (deployment_id, stage, variant, request_id, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

-- A prediction counts for the variant that was to answer it, also if that failed and the other one answered.
CREATE MATERIALIZED VIEW deployment_predictions_from_events TO deployment_predictions AS
SELECT
    deploymentId AS deployment_id,
    stage,
    variant,
    requestId    AS request_id,
    coalesce(failedVersion, version) AS version,
    if(failedVersion IS NULL, label, NULL)      AS label,
    if(failedVersion IS NULL, value, NULL)      AS value,
    if(failedVersion IS NULL, confidence, NULL) AS confidence,
    coalesce(latencyMs, 0) AS latency_ms,
    if(_type = 'PredictionFailed', code, failureCode) AS failure,
    _time        AS time,
    _id          AS event_id,
    _topic       AS topic,
    _partition   AS partition,
    _offset      AS offset
FROM stream_predictions
WHERE _type IN ('PredictionServed', 'PredictionFailed') AND deploymentId IS NOT NULL AND variant IS NOT NULL;

CREATE TABLE shadow_predictions
(
    deployment_id       String,
    request_id          String,
    model               LowCardinality(String),
    version             LowCardinality(String),
    label               LowCardinality(Nullable(String)),
    value               Nullable(Float64),
    confidence          Nullable(Float64),
    latency_ms          Float64,
    failure             LowCardinality(Nullable(String)),
    answered_version    LowCardinality(String),
    answered_label      LowCardinality(Nullable(String)),
    answered_value      Nullable(Float64),
    answered_latency_ms Float64,
    time                DateTime64(3, 'UTC'),
    event_id            String,
    topic               LowCardinality(String),
    partition           UInt16,
    offset              UInt64
)
ENGINE = MergeTree
ORDER BY (deployment_id, request_id, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW shadow_predictions_from_events TO shadow_predictions AS
SELECT
    deploymentId      AS deployment_id,
    requestId         AS request_id,
    model,
    version,
    label,
    value,
    confidence,
    latencyMs         AS latency_ms,
    code              AS failure,
    answeredVersion   AS answered_version,
    answeredLabel     AS answered_label,
    answeredValue     AS answered_value,
    answeredLatencyMs AS answered_latency_ms,
    _time             AS time,
    _id               AS event_id,
    _topic            AS topic,
    _partition        AS partition,
    _offset           AS offset
FROM stream_predictions
WHERE _type = 'ShadowPredicted';
