-- Predictions of a model in production up to a moment (milliseconds since the epoch), and how long before it the last one came.
SELECT
    count() AS predictions,
    if(count() = 0, NULL, {before:Int64} - toUnixTimestamp64Milli(max(served_at))) AS silentMs
FROM predictions
WHERE model = {model:String}
  AND environment = 'production'
  AND served_at > fromUnixTimestamp64Milli({since:Int64}, 'UTC')
  AND served_at <= fromUnixTimestamp64Milli({before:Int64}, 'UTC')
  AND offset < {until:Map(String, UInt64)}[concat(topic, '/', toString(partition))]
