-- Drift of each monitored feature in each window of predictions.

CREATE TABLE drift
(
    model            LowCardinality(String),
    version          LowCardinality(String),
    window           UInt32,
    feature          LowCardinality(String),
    predictions      UInt64,
    psi              Float64,
    expected_psi     Float64,
    p_value          Float64,
    drifted          Bool,
    adjusted_p_value Nullable(Float64), -- p_value corrected for the number of features (Holm)
    edges            Array(Float64), -- of the bins of a number
    categories       Array(String), -- the bins of a category
    reference_counts Array(UInt64), -- by bin; then what is in no category, of categories; then what is missing
    window_counts    Array(UInt64), -- of the same bins
    slice            LowCardinality(String), -- column=value of the predictions that were compared; empty: all
    auroc            Nullable(Float64), -- of the domain classifier; p_value is of it
    expected_auroc   Nullable(Float64), -- its mean under no drift
    policy_version   UInt32,
    from_instant     DateTime64(3, 'UTC'),
    to_instant       DateTime64(3, 'UTC'),
    time             DateTime64(3, 'UTC'),
    event_id         String,
    topic            LowCardinality(String),
    partition        UInt16,
    offset           UInt64
)
ENGINE = MergeTree
ORDER BY (model, version, window, feature, slice, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW drift_from_events TO drift AS
WITH arrayJoin(features) AS f
SELECT
    model,
    version,
    window,
    f.feature         AS feature,
    predictions,
    f.psi             AS psi,
    f.expectedPsi     AS expected_psi,
    f.pValue          AS p_value,
    f.drifted         AS drifted,
    f.adjustedPValue  AS adjusted_p_value,
    f.edges           AS edges,
    f.categories      AS categories,
    f.referenceCounts AS reference_counts,
    f.windowCounts    AS window_counts,
    coalesce(f.slice, '') AS slice,
    f.auroc           AS auroc,
    f.expectedAuroc   AS expected_auroc,
    policyVersion     AS policy_version,
    `from`            AS from_instant,
    `to`              AS to_instant,
    _time             AS time,
    _id               AS event_id,
    _topic            AS topic,
    _partition        AS partition,
    _offset           AS offset
FROM stream_alerts
WHERE _type = 'DriftMeasured';
