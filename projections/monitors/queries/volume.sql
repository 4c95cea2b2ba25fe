-- Predictions of a model in production in the window that ends at a moment (milliseconds since the epoch), and in each of the seven
-- windows before it that had some.
WITH
    counted AS
    (
        SELECT
            intDiv({before:Int64} - toUnixTimestamp64Milli(served_at), {window:Int64}) AS back,
            count() AS n
        FROM predictions
        WHERE model = {model:String}
          AND environment = 'production'
          AND served_at > fromUnixTimestamp64Milli({before:Int64} - 8 * {window:Int64}, 'UTC')
          AND served_at <= fromUnixTimestamp64Milli({before:Int64}, 'UTC')
          AND offset < {until:Map(String, UInt64)}[concat(topic, '/', toString(partition))]
        GROUP BY back
    )
SELECT
    sumIf(n, back = 0) AS predictions,
    arrayMap(pair -> pair.2, arraySort(groupArrayIf((back, n), back > 0))) AS before
FROM counted
