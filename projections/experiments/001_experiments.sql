-- What happened to experiments, and the predictions of their arms.

CREATE TABLE experiment_history
(
    experiment_id             String,
    model                     LowCardinality(String), -- empty where there is no such experiment
    change                    LowCardinality(String), -- started, analysed, concluded, stopped, promoted or refused
    arms                      Array(Tuple(name String, version String, share Float64)), -- control first
    traffic                   Nullable(Float64), -- per cent of the routing keys of the audience
    audience                  Tuple(keys Array(String), attributes Array(Tuple(name String, `values` Array(String)))),
    metrics                   Array(Tuple(metric String, role String, better Nullable(String), margin Nullable(Float64))),
    segments                  Array(String),
    minimum_units             Nullable(UInt32),
    minimum_improvement       Nullable(Float64),
    significance              Nullable(Float64),
    analyse_every             Nullable(UInt64), -- milliseconds
    maximum_duration          Nullable(UInt64), -- milliseconds
    promotes                  Nullable(Bool),
    baseline                  Nullable(Float64), -- of the primary metric, as the evaluation of the control has it
    needed_units              Nullable(UInt32), -- of the control, for a power of 80 % at one planned look
    review                    Nullable(UInt32),
    measurement_id            Nullable(String),
    verdict                   LowCardinality(Nullable(String)), -- PROMOTE, KEEP or INCONCLUSIVE
    winner                    LowCardinality(Nullable(String)), -- arm
    reasons                   Array(Tuple(code String, arm Nullable(String), metric Nullable(String), message String)),
    sample_ratio_statistic    Nullable(Float64),
    sample_ratio_p_value      Nullable(Float64),
    is_sample_ratio_mismatch  Nullable(Bool),
    counts                    Array(Tuple(arm String, version String, units Int64, predictions Int64, failures Int64, outcomes Int64)),
    comparisons               Array(Tuple(
        metric String, role String, segment Nullable(String), arm String, code Nullable(String), message Nullable(String),
        control Nullable(Float64), controlLow Nullable(Float64), controlHigh Nullable(Float64), controlCount Nullable(Int64),
        treatment Nullable(Float64), treatmentLow Nullable(Float64), treatmentHigh Nullable(Float64), treatmentCount Nullable(Int64),
        difference Nullable(Float64), standardError Nullable(Float64), lift Nullable(Float64),
        low Nullable(Float64), high Nullable(Float64), pValue Nullable(Float64),
        sequentialLow Nullable(Float64), sequentialHigh Nullable(Float64), sequentialPValue Nullable(Float64),
        correctedPValue Nullable(Float64),
        improvement Nullable(Float64), improvementLow Nullable(Float64), improvementHigh Nullable(Float64),
        winProbability Nullable(Float64), lossOfTreatment Nullable(Float64), lossOfControl Nullable(Float64),
        margin Float64, varianceReduction Nullable(Float64))), -- treatments beside the control
    arm                       LowCardinality(Nullable(String)), -- that was promoted
    version                   LowCardinality(Nullable(String)), -- of the winner, or of the arm that was promoted
    deployment_id             Nullable(String),
    code                      LowCardinality(Nullable(String)),
    reason                    Nullable(String),
    requested_by              Nullable(String),
    policy_version            UInt32,
    sequence                  UInt64,
    time                      DateTime64(3, 'UTC'),
    instant                   DateTime64(3, 'UTC'),
    event_id                  String,
    topic                     LowCardinality(String),
    partition                 UInt16,
    offset                    UInt64
)
ENGINE = MergeTree
ORDER BY (experiment_id, sequence, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW experiment_history_from_events TO experiment_history AS
SELECT
    experimentId            AS experiment_id,
    coalesce(model, '')     AS model,
    transform(_type,
        ['ExperimentStarted', 'ExperimentAnalysed', 'ExperimentConcluded', 'ExperimentStopped', 'ExperimentPromoted',
         'ExperimentRefused'],
        ['started', 'analysed', 'concluded', 'stopped', 'promoted', 'refused'], '') AS change,
    arms,
    traffic,
    audience,
    metrics,
    segments,
    minimumUnits            AS minimum_units,
    minimumImprovement      AS minimum_improvement,
    significance,
    analyseEvery            AS analyse_every,
    maximumDuration         AS maximum_duration,
    promotes,
    baseline,
    neededUnits             AS needed_units,
    review,
    measurementId           AS measurement_id,
    verdict,
    winner,
    reasons,
    sampleRatioStatistic    AS sample_ratio_statistic,
    sampleRatioPValue       AS sample_ratio_p_value,
    isSampleRatioMismatch   AS is_sample_ratio_mismatch,
    counts,
    comparisons,
    arm,
    version,
    deploymentId            AS deployment_id,
    code,
    reason,
    requestedBy             AS requested_by,
    policyVersion           AS policy_version,
    _sequence               AS sequence,
    _time                   AS time,
    _instant                AS instant,
    _id                     AS event_id,
    _topic                  AS topic,
    _partition              AS partition,
    _offset                 AS offset
FROM stream_experiments
WHERE _type IN ('ExperimentStarted', 'ExperimentAnalysed', 'ExperimentConcluded', 'ExperimentStopped', 'ExperimentPromoted',
                'ExperimentRefused');

CREATE TABLE experiment_predictions
(
    experiment_id String,
    variant       LowCardinality(String), -- name of the arm
    unit          UInt64, -- hash of the routing key; of the request id where the client gave none
    request_id    String,
    version       LowCardinality(String),
    label         LowCardinality(Nullable(String)),
    value         Nullable(Float64), -- the predicted number
    confidence    Nullable(Float64), -- the probability of the label
    latency_ms    Float64, -- milliseconds until the answer; 0 where none came
    failure       LowCardinality(Nullable(String)), -- why the version of the arm has no answer
    attributes    Map(String, String),
    time          DateTime64(3, 'UTC'),
    event_id      String,
    topic         LowCardinality(String),
    partition     UInt16,
    offset        UInt64
)
ENGINE = MergeTree
ORDER BY (experiment_id, variant, unit, request_id, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

-- A prediction counts for the arm that was to answer it, also if that failed and the version in production answered.
CREATE MATERIALIZED VIEW experiment_predictions_from_events TO experiment_predictions AS
SELECT
    experimentId AS experiment_id,
    variant,
    if(unit IS NULL, sipHash64(requestId), reinterpretAsUInt64(reverse(unhex(coalesce(unit, ''))))) AS unit,
    requestId    AS request_id,
    coalesce(failedVersion, version) AS version,
    if(failedVersion IS NULL, label, NULL)      AS label,
    if(failedVersion IS NULL, value, NULL)      AS value,
    if(failedVersion IS NULL, confidence, NULL) AS confidence,
    coalesce(latencyMs, 0) AS latency_ms,
    if(_type = 'PredictionFailed', code, failureCode) AS failure,
    attributes,
    _time        AS time,
    _id          AS event_id,
    _topic       AS topic,
    _partition   AS partition,
    _offset      AS offset
FROM stream_predictions
WHERE _type IN ('PredictionServed', 'PredictionFailed') AND experimentId IS NOT NULL AND variant IS NOT NULL;

-- What was known of the units before an experiment: predictions whose client gave a routing key.
CREATE TABLE unit_predictions
(
    model      LowCardinality(String),
    unit       UInt64, -- hash of the routing key
    request_id String,
    label      LowCardinality(Nullable(String)),
    confidence Nullable(Float64),
    latency_ms Float64,
    time       DateTime64(3, 'UTC'),
    event_id   String,
    topic      LowCardinality(String),
    partition  UInt16,
    offset     UInt64
)
ENGINE = MergeTree
ORDER BY (model, unit, time, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW unit_predictions_from_events TO unit_predictions AS
SELECT
    model,
    reinterpretAsUInt64(reverse(unhex(coalesce(unit, '')))) AS unit,
    requestId  AS request_id,
    label,
    confidence,
    latencyMs  AS latency_ms,
    _time      AS time,
    _id        AS event_id,
    _topic     AS topic,
    _partition AS partition,
    _offset    AS offset
FROM stream_predictions
WHERE _type = 'PredictionServed' AND stream_predictions.unit IS NOT NULL AND environment = 'production';
