-- Changes of schedules, and the times at which they came due.

CREATE TABLE schedule_changes
(
    schedule     String,
    sequence     UInt64,
    change       LowCardinality(String), -- declared, removed, refused, due or misfired
    cron         Nullable(String),
    time_zone    LowCardinality(Nullable(String)),
    action       LowCardinality(Nullable(String)), -- train, drift, collect or report
    misfire      LowCardinality(Nullable(String)), -- once, all or skip
    model        LowCardinality(Nullable(String)),
    task         LowCardinality(Nullable(String)),
    source_name  Nullable(String),
    days         Nullable(Int32),
    revision     Nullable(Int32),
    due_at       Nullable(DateTime64(3, 'UTC')),
    late_ms      Nullable(Int64),
    skipped      Nullable(Int32),
    reason       Nullable(String),
    requested_by Nullable(String),
    time         DateTime64(3, 'UTC'),
    event_id     String,
    topic        LowCardinality(String),
    partition    UInt16,
    offset       UInt64
)
ENGINE = MergeTree
ORDER BY (schedule, sequence, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW schedule_changes_from_events TO schedule_changes AS
SELECT
    schedule,
    _sequence   AS sequence,
    transform(_type,
        ['ScheduleDeclared', 'ScheduleRemoved', 'ScheduleRefused', 'ScheduleDue', 'ScheduleMisfired'],
        ['declared', 'removed', 'refused', 'due', 'misfired'], '') AS change,
    cron,
    timeZone    AS time_zone,
    action,
    misfire,
    model,
    task,
    sourceName  AS source_name,
    days,
    revision,
    dueAt       AS due_at,
    lateMs      AS late_ms,
    skipped,
    reason,
    requestedBy AS requested_by,
    _time       AS time,
    _id         AS event_id,
    _topic      AS topic,
    _partition  AS partition,
    _offset     AS offset
FROM stream_schedules
WHERE _type IN ('ScheduleDeclared', 'ScheduleRemoved', 'ScheduleRefused', 'ScheduleDue', 'ScheduleMisfired');

-- Schedules, one row each, as they stand now.
CREATE VIEW schedules AS
SELECT
    schedule,
    CAST(argMaxIf(change, sequence, change IN ('declared', 'removed')) = 'declared', 'Bool') AS active, -- whether it comes due
    argMaxIf(cron, sequence, change = 'declared')         AS cron,
    argMaxIf(time_zone, sequence, change = 'declared')    AS time_zone,
    argMaxIf(action, sequence, change = 'declared')       AS action,
    argMaxIf(misfire, sequence, change = 'declared')      AS misfire, -- what becomes of due times that passed while nothing ran
    argMaxIf(tuple(model), sequence, change = 'declared').1       AS model,
    argMaxIf(tuple(task), sequence, change = 'declared').1        AS task,
    argMaxIf(reason, sequence, change = 'declared')       AS reason,
    argMaxIf(requested_by, sequence, change = 'declared') AS requested_by,
    maxIf(revision, change = 'declared')                  AS revision,
    maxOrNullIf(due_at, change = 'due')                   AS last_due_at, -- the last time at which it came due
    countIf(change = 'due')                               AS due_times, -- how often it came due
    countIf(change = 'misfired')                          AS misfires, -- how often it came due late
    maxIf(schedule_changes.time, change = 'declared')     AS declared_at -- when its last revision was declared
FROM schedule_changes
GROUP BY schedule
HAVING countIf(change = 'declared') > 0;
