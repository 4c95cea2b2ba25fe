-- Datasets, sealed or refused.

CREATE TABLE datasets
(
    dataset_id   String,
    model        LowCardinality(String),
    task         LowCardinality(String),
    status       LowCardinality(String), -- sealed or refused
    extends      Nullable(String),
    artifact     Nullable(String),
    content_hash Nullable(String),
    seed         Nullable(Int32),
    split        LowCardinality(String), -- auto, random, stratified, grouped or time
    folds        UInt32, -- 0: it is no fold
    fold         UInt32, -- the one that is the test split, from 1
    profile      Nullable(String), -- artifact with what is in it
    labels       Array(String),
    train        UInt64,
    validation   UInt64,
    test         UInt64,
    balance      Map(String, UInt64),
    sources      Array(Tuple(topic String, partition UInt32, `from` UInt64, `to` UInt64)),
    code         LowCardinality(Nullable(String)),
    reason       Nullable(String),
    time         DateTime64(3, 'UTC'),
    event_id     String,
    topic        LowCardinality(String),
    partition    UInt16,
    offset       UInt64
)
ENGINE = MergeTree
ORDER BY (dataset_id, time, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW datasets_from_events TO datasets AS
SELECT
    datasetId   AS dataset_id,
    model,
    task,
    if(_type = 'DatasetSealed', 'sealed', 'refused') AS status,
    extends,
    artifact,
    contentHash AS content_hash,
    seed,
    ifNull(split, '') AS split,
    toUInt32(ifNull(folds, 0)) AS folds,
    toUInt32(ifNull(fold, 0)) AS fold,
    profile,
    labels,
    ifNull(train, 0) AS train,
    ifNull(validation, 0) AS validation,
    ifNull(test, 0) AS test,
    balance,
    sources,
    code,
    reason,
    _time       AS time,
    _id         AS event_id,
    _topic      AS topic,
    _partition  AS partition,
    _offset     AS offset
FROM stream_datasets
WHERE _type IN ('DatasetSealed', 'DatasetRefused');
