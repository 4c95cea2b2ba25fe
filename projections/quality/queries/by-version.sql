-- How versions did with what they served from one minute to another: answers, mean confidence, labels and failures from counts
-- of minutes; accuracy, macro F1 and error of numbers on the predictions whose outcome came, each as it was reported last.
WITH
    counted AS
    (
        SELECT model, version, measure, item, bucket, sum(n) AS n
        FROM prediction_minutes
        WHERE environment = {environment:String}
          AND model = coalesce({model:Nullable(String)}, model)
          AND version = coalesce({version:Nullable(String)}, version)
          AND ({from:Nullable(String)} IS NULL
               OR minute >= toStartOfMinute(parseDateTime64BestEffortOrNull({from:Nullable(String)}, 3, 'UTC')))
          AND ({to:Nullable(String)} IS NULL
               OR minute < parseDateTime64BestEffortOrNull({to:Nullable(String)}, 3, 'UTC'))
        GROUP BY model, version, measure, item, bucket
    ),
    answered AS
    (
        SELECT
            model,
            version,
            sumIf(n, measure = 'latency')                                        AS predictions,
            sumIf(n, measure = 'failure')                                        AS failures,
            sumIf(n * least((bucket + 0.5) / 100, 1), measure = 'confidence')
                / nullIf(sumIf(n, measure = 'confidence'), 0)                    AS confidence,
            CAST(arraySort(groupArrayIf((item, n), measure = 'label')), 'Map(String, UInt64)') AS labels
        FROM counted
        GROUP BY model, version
    ),
    pairs AS
    (
        SELECT
            model,
            version,
            coalesce(answers.label, '')                  AS predicted,
            coalesce(truths.label, '')                   AS truth,
            count()                                      AS n,
            sum(pow(answers.value - truths.value, 2))    AS squares
        FROM
        (
            SELECT sipHash128(request_id) AS request, model, version, label, value
            FROM predictions
            WHERE environment = {environment:String}
              AND model = coalesce({model:Nullable(String)}, model)
              AND version = coalesce({version:Nullable(String)}, version)
              AND ({from:Nullable(String)} IS NULL
                   OR served_at >= toStartOfMinute(parseDateTime64BestEffortOrNull({from:Nullable(String)}, 3, 'UTC')))
              AND ({to:Nullable(String)} IS NULL
                   OR served_at < toStartOfMinute(parseDateTime64BestEffortOrNull({to:Nullable(String)}, 3, 'UTC') + INTERVAL 59999 MILLISECOND))
        ) AS answers
        INNER JOIN
        (
            SELECT sipHash128(request_id) AS request, argMax(tuple(outcomes.label), offset).1 AS label,
                   argMax(tuple(outcomes.value), offset).1 AS value
            FROM outcomes
            GROUP BY request_id
        ) AS truths USING (request)
        GROUP BY model, version, predicted, truth
    ),
    classes AS
    (
        SELECT model, version, class, sumIf(n, class = predicted AND class = truth) AS hits, sum(n) AS named
        FROM pairs
        ARRAY JOIN [predicted, truth] AS class
        WHERE class != ''
        GROUP BY model, version, class
    ),
    judged AS
    (
        SELECT
            model,
            version,
            sum(n)                                                               AS labelled,
            sumIf(n, predicted = truth) / nullIf(sumIf(n, truth != ''), 0)       AS accuracy,
            sqrt(sum(squares) / nullIf(sumIf(n, truth = ''), 0))                 AS rmse
        FROM pairs
        GROUP BY model, version
    ),
    averaged AS
    (
        -- of a class: 2 hits / (predicted + true), and both hits of a pair are counted in `hits` and in `named`
        SELECT model, version, toNullable(avg(hits / named)) AS macroF1
        FROM classes
        GROUP BY model, version
    )
SELECT
    answered.model                                         AS model,
    answered.version                                       AS version,
    predictions,
    failures,
    confidence,
    labels,
    labelled,
    1 - labelled / greatest(predictions, 1)                AS missing,
    accuracy,
    macroF1,
    rmse
FROM answered
LEFT JOIN judged ON judged.model = answered.model AND judged.version = answered.version
LEFT JOIN averaged ON averaged.model = answered.model AND averaged.version = answered.version
WHERE answered.version != ''
  AND (empty({after:Array(String)}) OR (model, version) > ({after:Array(String)}[1], {after:Array(String)}[2]))
ORDER BY model, version
LIMIT {limit:UInt32}
-- outcomes are sorted by request, so that they are grouped as they are read; what does not fit of the join is on the disk
SETTINGS optimize_aggregation_in_order = 1, join_algorithm = 'grace_hash', max_bytes_in_join = 64000000
