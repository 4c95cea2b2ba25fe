-- Answers of a classifier in production in a time (milliseconds since the epoch), and those with less confidence than given.
SELECT count() AS answers, countIf(confidence < {confidence:Float64}) AS low
FROM predictions
WHERE model = {model:String}
  AND version = {version:String}
  AND environment = 'production'
  AND confidence IS NOT NULL
  AND served_at > fromUnixTimestamp64Milli({since:Int64}, 'UTC')
  AND served_at <= fromUnixTimestamp64Milli({before:Int64}, 'UTC')
  AND offset < {until:Map(String, UInt64)}[concat(topic, '/', toString(partition))]
