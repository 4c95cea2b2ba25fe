-- What the samples of datasets were compared with before these were sealed: a row for each expectation.

CREATE TABLE dataset_expectations
(
    dataset_id   String,
    model        LowCardinality(String),
    task         LowCardinality(String),
    task_version LowCardinality(String), -- whose expectations they are
    number       UInt32, -- of the expectation in the task file, from 1
    expectation  String, -- in words
    severity     LowCardinality(String), -- critical: a dataset that breaks it is refused; or warning
    holds        Bool, -- whether it is met
    share        Float64, -- of the samples that break it; of a balance, of the rarest class
    bound        Float64, -- that the share may reach; of a balance, must
    failed       UInt64, -- samples that break it
    samples      UInt64, -- that it is about
    rows         Array(String), -- ids of samples that break it, the first 20
    time         DateTime64(3, 'UTC'),
    event_id     String,
    topic        LowCardinality(String),
    partition    UInt16,
    offset       UInt64
)
ENGINE = MergeTree
ORDER BY (dataset_id, time, event_id, number)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW dataset_expectations_from_events TO dataset_expectations AS
SELECT
    datasetId            AS dataset_id,
    model,
    task,
    taskVersion          AS task_version,
    number,
    finding.expectation  AS expectation,
    finding.severity     AS severity,
    finding.holds        AS holds,
    finding.share        AS share,
    finding.limit        AS bound,
    finding.failed       AS failed,
    finding.samples      AS samples,
    finding.rows         AS rows,
    _time                AS time,
    _id                  AS event_id,
    _topic               AS topic,
    _partition           AS partition,
    _offset              AS offset
FROM stream_datasets
ARRAY JOIN findings AS finding, arrayEnumerate(findings) AS number
WHERE _type = 'ExpectationsChecked';
