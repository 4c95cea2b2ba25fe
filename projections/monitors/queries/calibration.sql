-- Answers of a version in production that have a true label, by tenths of their confidence. Of several labels of a prediction the
-- one reported last counts. Times in milliseconds since the epoch, of the answers.
WITH
    reported AS
    (
        SELECT request_id, argMax(label, offset) AS true_label
        FROM outcomes
        WHERE label IS NOT NULL
          AND time > fromUnixTimestamp64Milli({since:Int64}, 'UTC')
          AND offset < {until:Map(String, UInt64)}[concat(topic, '/', toString(partition))]
        GROUP BY request_id
    )
SELECT
    least(floor(p.confidence * 10), 9)                     AS tenth,
    count()                                                AS samples,
    countIf(p.label = r.true_label)                        AS correct,
    sum(coalesce(p.confidence, 0))                         AS confidence,
    sum(coalesce(p.confidence * (1 - p.confidence), 0))    AS variance
FROM
(
    SELECT request_id, label, confidence
    FROM predictions
    WHERE model = {model:String}
      AND version = {version:String}
      AND environment = 'production'
      AND confidence IS NOT NULL
      AND label IS NOT NULL
      AND served_at > fromUnixTimestamp64Milli({since:Int64}, 'UTC')
      AND served_at <= fromUnixTimestamp64Milli({before:Int64}, 'UTC')
      AND offset < {until:Map(String, UInt64)}[concat(topic, '/', toString(partition))]
) AS p
INNER JOIN reported AS r ON p.request_id = r.request_id
GROUP BY tenth
ORDER BY tenth
