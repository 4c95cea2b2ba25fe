-- Runs of tracking clients are among the training runs too, with the engine `mlflow`: how they stand. Their values are in `tracked_runs` and `tracked_metrics`.
CREATE MATERIALIZED VIEW run_steps_from_tracking TO run_steps AS
SELECT
    runId AS run_id,
    toUInt64(_offset + 1) AS sequence,
    transform(if(_type = 'TrackedRunStarted', 'RUNNING', ifNull(status, '')),
        ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'],
        ['running', 'requested', 'completed', 'failed', 'cancelled'], '') AS status,
    'mlflow' AS engine,
    _time AS time,
    _id AS event_id,
    _topic AS topic,
    _partition AS partition,
    _offset AS offset
FROM stream_tracking
WHERE _type = 'TrackedRunStarted' OR (_type = 'TrackedRunChanged' AND status IS NOT NULL);
