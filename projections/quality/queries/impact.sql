-- What each promotion and rollback of a model changed, the newest first: quality of the version before and of the version after it, on
-- the labelled answers in production of some days on both sides, as counts, sums and sums of squares; and both on the test split.
-- `after`: sequence of the last one before.
WITH
    changes AS
    (
        SELECT
            sequence,
            change,
            if(change = 'retired', '', assumeNotNull(version)) AS version,
            evaluation_id,
            reason,
            requested_by,
            time,
            event_id,
            lagInFrame(version_history.time, 1, toDateTime64(0, 3, 'UTC')) OVER w  AS before_began,
            lagInFrame(if(change = 'retired', '', assumeNotNull(version_history.version)), 1, '') OVER w AS before_version,
            leadInFrame(version_history.time, 1, toDateTime64('2100-01-01 00:00:00', 3, 'UTC')) OVER w AS ended
        FROM version_history
        WHERE model = {model:String} AND change IN ('promoted', 'rolled_back', 'retired')
        WINDOW w AS (ORDER BY sequence ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
    ),
    wanted AS
    (
        SELECT *
        FROM changes
        WHERE change != 'retired'
          AND before_version NOT IN ('', changes.version)
          AND (empty({after:Array(String)}) OR sequence < toUInt64OrZero({after:Array(String)}[1]))
        ORDER BY sequence DESC
        LIMIT {limit:UInt32}
    ),
    -- both sides of each change: which version answered from when to when
    sides AS
    (
        SELECT sequence, 0 AS side, before_version AS version,
               greatest(before_began, wanted.time - toIntervalDay({days:UInt32})) AS since, wanted.time AS until
        FROM wanted
        UNION ALL
        SELECT sequence, 1, wanted.version, wanted.time, least(ended, wanted.time + toIntervalDay({days:UInt32}))
        FROM wanted
    ),
    (SELECT (min(since), max(until)) FROM sides) AS span,
    judged AS
    (
        SELECT
            sides.sequence AS sequence,
            sides.side     AS side,
            count()        AS n,
            countIf(truths.label IS NOT NULL AND answers.label = truths.label) AS hits,
            countIf(truths.label IS NOT NULL)                  AS labelled,
            sum(abs(answers.value - truths.value))             AS errors,
            sum(pow(answers.value - truths.value, 2))          AS squares
        FROM
        (
            SELECT request_id, version, label, value, served_at
            FROM predictions
            WHERE model = {model:String} AND environment = {environment:String}
              AND served_at >= span.1 AND served_at < span.2
        ) AS answers
        INNER JOIN
        (
            SELECT request_id, outcomes.label AS label, outcomes.value AS value
            FROM outcomes
            ORDER BY request_id, offset DESC
            LIMIT 1 BY request_id
        ) AS truths ON truths.request_id = answers.request_id
        INNER JOIN sides ON sides.version = answers.version
        WHERE answers.served_at >= sides.since AND answers.served_at < sides.until
        GROUP BY sequence, side
    )
SELECT
    toString(wanted.sequence) AS sequence,
    wanted.change             AS change,
    wanted.version            AS version,
    wanted.before_version     AS before,
    wanted.time               AS time,
    coalesce(wanted.reason, '')       AS reason,
    coalesce(wanted.requested_by, '') AS requestedBy,
    wanted.event_id           AS eventId,
    sumIf(judged.n, side = 0)        AS samplesBefore,
    sumIf(judged.labelled, side = 0) AS labelledBefore,
    sumIf(judged.hits, side = 0)     AS hitsBefore,
    sumIf(judged.errors, side = 0)   AS errorsBefore,
    sumIf(judged.squares, side = 0)  AS squaresBefore,
    sumIf(judged.n, side = 1)        AS samplesAfter,
    sumIf(judged.labelled, side = 1) AS labelledAfter,
    sumIf(judged.hits, side = 1)     AS hitsAfter,
    sumIf(judged.errors, side = 1)   AS errorsAfter,
    sumIf(judged.squares, side = 1)  AS squaresAfter,
    any(tests.primary_metric)        AS metric,
    any(if(tests.baseline_version = wanted.before_version, tests.baseline_metrics[assumeNotNull(tests.primary_metric)], NULL)) AS testBefore,
    any(if(tests.baseline_version = wanted.before_version, tests.metrics[assumeNotNull(tests.primary_metric)], NULL))          AS testAfter,
    any(if(tests.baseline_version = wanted.before_version, arrayFirst(one -> one.metric = tests.primary_metric, tests.baseline_paired), (CAST('', 'String'), CAST(0, 'Float64'), CAST(0, 'Float64'), CAST(0, 'Float64')))) AS paired
FROM wanted
LEFT JOIN judged ON judged.sequence = wanted.sequence
LEFT JOIN (SELECT * FROM evaluations WHERE model = {model:String} ORDER BY time DESC LIMIT 1 BY evaluation_id) AS tests ON tests.evaluation_id = wanted.evaluation_id
GROUP BY wanted.sequence, wanted.change, wanted.version, wanted.before_version, wanted.time, wanted.reason, wanted.requested_by, wanted.event_id
ORDER BY wanted.sequence DESC
