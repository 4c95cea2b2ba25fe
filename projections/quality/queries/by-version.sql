-- How versions did with what they served from one minute to another: answers, mean confidence, labels and failures from counts;
-- accuracy, macro F1 and error of numbers on the predictions whose outcome came, each as it was reported last.
WITH
    -- whole hours are read from counts of hours, what is before the first and after the last one from counts of minutes
    toDateTime64('2100-01-01 00:00:00', 3, 'UTC') AS never,
    toStartOfMinute(least(greatest(coalesce(parseDateTime64BestEffortOrNull({from:Nullable(String)}, 3, 'UTC'),
        toDateTime64(0, 3, 'UTC')), toDateTime64(0, 3, 'UTC')), never)) AS first_minute,
    toStartOfMinute(least(greatest(coalesce(parseDateTime64BestEffortOrNull({to:Nullable(String)}, 3, 'UTC'),
        never), toDateTime64(0, 3, 'UTC')), never) + INTERVAL 59999 MILLISECOND) AS end_minute,
    toStartOfHour(first_minute + INTERVAL 59 MINUTE) AS first_hour,
    toStartOfHour(end_minute) AS end_hour,
    counts AS
    (
        SELECT measure, model, environment, version, variant, route, item, bucket, hour AS at, first, last, n
        FROM prediction_hours
        WHERE hour >= first_hour AND hour < end_hour
        UNION ALL
        SELECT measure, model, environment, version, variant, route, item, bucket, minute, minute, minute, n
        FROM prediction_minutes
        WHERE minute >= first_minute AND minute < end_minute AND (minute < first_hour OR minute >= end_hour)
    ),
    counted AS
    (
        SELECT model, version, measure, item, bucket, sum(n) AS n
        FROM counts
        WHERE environment = {environment:String}
          AND model = coalesce({model:Nullable(String)}, model)
          AND version = coalesce({version:Nullable(String)}, version)
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
    asked AS
    (
        SELECT request_id, model, version, label, value
        FROM predictions
        WHERE environment = {environment:String}
          AND model = coalesce({model:Nullable(String)}, model)
          AND version = coalesce({version:Nullable(String)}, version)
          AND served_at >= first_minute
          AND served_at < end_minute
    ),
    -- ids are sorted by time (UUIDv7): few outcomes lie between those of a short time, all between those of clients with ids of their own
    (SELECT (min(request_id), max(request_id)) FROM asked) AS ends,
    judged AS
    (
        SELECT
            model,
            version,
            sum(n)                                                               AS labelled,
            sumIf(n, predicted = truth) / nullIf(sumIf(n, truth != ''), 0)       AS accuracy,
            sqrt(sum(squares) / nullIf(sumIf(n, truth = ''), 0))                 AS rmse,
            sumMap([predicted, truth], [n, n])                                   AS named,
            CAST(sumMapIf([predicted], [n], predicted = truth), 'Map(String, UInt64)') AS hits,
            arrayFilter((class, _) -> class != '', named.1, named.2)             AS classes,
            arrayFilter((_, class) -> class != '', named.2, named.1)             AS sizes,
            -- F1 of a class: right answers by the mean of how often it was predicted and how often it was true
            if(empty(classes), NULL, arrayAvg((class, size) -> 2 * hits[class] / size, classes, sizes)) AS macroF1
        FROM
        (
            SELECT
                model,
                version,
                coalesce(answers.label, '')                  AS predicted,
                coalesce(truths.label, '')                   AS truth,
                count()                                      AS n,
                sum(pow(answers.value - truths.value, 2))    AS squares
            FROM asked AS answers
            INNER JOIN
            (
                SELECT request_id, outcomes.label AS label, outcomes.value AS value
                FROM outcomes
                WHERE request_id >= ends.1 AND request_id <= ends.2
                ORDER BY request_id, offset DESC
                LIMIT 1 BY request_id
            ) AS truths USING (request_id)
            GROUP BY model, version, predicted, truth
        )
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
WHERE answered.version != ''
  AND (empty({after:Array(String)}) OR (model, version) > ({after:Array(String)}[1], {after:Array(String)}[2]))
ORDER BY model, version
LIMIT {limit:UInt32}
-- both sides are sorted by request and read beside each other; what does not fit of the sorting is on the disk
SETTINGS join_algorithm = 'full_sorting_merge', max_bytes_before_external_sort = 30000000
