-- Reports on models.

CREATE TABLE reports
(
    report_id    String,
    model        LowCardinality(String),
    kind         LowCardinality(String), -- drift
    windows      Int32, -- windows of predictions that it covers
    drifted      Array(String), -- features that drifted in the newest window
    page         String, -- artifact digest of the report as a page of HTML
    data         String, -- artifact digest of the same as JSON
    requested_by String,
    time         DateTime64(3, 'UTC'),
    event_id     String,
    topic        LowCardinality(String),
    partition    UInt16,
    offset       UInt64
)
ENGINE = MergeTree
ORDER BY (model, time, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW reports_from_events TO reports AS
SELECT
    reportId    AS report_id,
    model,
    ifNull(kind, '')  AS kind,
    ifNull(windows, 0) AS windows,
    drifted,
    ifNull(page, '')  AS page,
    ifNull(data, '')  AS data,
    requestedBy AS requested_by,
    _time       AS time,
    _id         AS event_id,
    _topic      AS topic,
    _partition  AS partition,
    _offset     AS offset
FROM stream_reports
WHERE _type = 'ReportWritten';
