-- Datasets, sealed or refused.

CREATE TABLE datasets
(
    dataset_id   String,
    model        LowCardinality(String),
    task         LowCardinality(String),
    status       LowCardinality(String),
    extends      Nullable(String),
    artifact     Nullable(String),
    content_hash Nullable(String),
    seed         Nullable(Int32),
    labels       Array(String),
    train        UInt64,
    validation   UInt64,
    test         UInt64,
    balance      Map(String, UInt64),
    sources      Array(Tuple(topic String, partition UInt32, `from` UInt64, `to` UInt64)),
    code         LowCardinality(Nullable(String)),
    reason       Nullable(String),
    time         DateTime64(3, 'UTC'),
    event_id     String
)
ENGINE = MergeTree
ORDER BY (dataset_id, time, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW datasets_from_events TO datasets AS
WITH JSONExtract(data, 'Tuple(
    datasetId String, model String, task String, extends Nullable(String), artifact Nullable(String),
    contentHash Nullable(String), seed Nullable(Int32), labels Array(String),
    train UInt64, validation UInt64, test UInt64, balance Map(String, UInt64),
    sources Array(Tuple(topic String, partition UInt32, `from` UInt64, `to` UInt64)),
    code Nullable(String), reason Nullable(String))') AS dataset
SELECT
    dataset.datasetId   AS dataset_id,
    dataset.model       AS model,
    dataset.task        AS task,
    if(type = 'DatasetSealed', 'sealed', 'refused') AS status,
    dataset.extends     AS extends,
    dataset.artifact    AS artifact,
    dataset.contentHash AS content_hash,
    dataset.seed        AS seed,
    dataset.labels      AS labels,
    dataset.train       AS train,
    dataset.validation  AS validation,
    dataset.test        AS test,
    dataset.balance     AS balance,
    dataset.sources     AS sources,
    dataset.code        AS code,
    dataset.reason      AS reason,
    time,
    id                  AS event_id
FROM stream_datasets
WHERE type IN ('DatasetSealed', 'DatasetRefused');
