-- Predictions of a version in production in a time (milliseconds since the epoch), by the value of a column of their instances and by
-- label, of the 20 values that have most. Instances without the column are left out.
WITH
    grouped AS
    (
        SELECT trim(BOTH '"' FROM JSONExtractRaw(features, {group:String})) AS group, label
        FROM predictions
        WHERE model = {model:String}
          AND version = {version:String}
          AND environment = 'production'
          AND label IS NOT NULL
          AND served_at > fromUnixTimestamp64Milli({since:Int64}, 'UTC')
          AND served_at <= fromUnixTimestamp64Milli({before:Int64}, 'UTC')
          AND offset < {until:Map(String, UInt64)}[concat(topic, '/', toString(partition))]
          AND JSONHas(features, {group:String})
    )
SELECT group, assumeNotNull(label) AS label, count() AS predictions
FROM grouped
WHERE group IN (SELECT group FROM grouped GROUP BY group ORDER BY count() DESC, group LIMIT 20)
GROUP BY group, label
ORDER BY group, label
