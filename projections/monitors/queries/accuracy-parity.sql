-- Answers of a version in production that have a true label, and how many are right, by the value of a column of their instances, of the
-- 20 values that have most. Of several labels of a prediction the one reported last counts. Times in milliseconds since the epoch, of
-- the answers.
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
    p.group                        AS group,
    count()                        AS labelled,
    countIf(p.label = r.true_label) AS correct
FROM
(
    SELECT request_id, label, trim(BOTH '"' FROM JSONExtractRaw(features, {group:String})) AS group
    FROM predictions
    WHERE model = {model:String}
      AND version = {version:String}
      AND environment = 'production'
      AND label IS NOT NULL
      AND served_at > fromUnixTimestamp64Milli({since:Int64}, 'UTC')
      AND served_at <= fromUnixTimestamp64Milli({before:Int64}, 'UTC')
      AND offset < {until:Map(String, UInt64)}[concat(topic, '/', toString(partition))]
      AND JSONHas(features, {group:String})
) AS p
INNER JOIN reported AS r ON p.request_id = r.request_id
GROUP BY group
ORDER BY labelled DESC, group
LIMIT 20
