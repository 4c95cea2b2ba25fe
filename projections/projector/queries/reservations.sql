-- The reservations of the projectors, the server's clock when they were read (a lease begins then), and the streams that
-- projections follow.
SELECT
    toUnixTimestamp64Milli(now64(3)) AS at,
    groupArray(CAST(
        (topic, partition, complete, number, last, token),
        'Tuple(topic String, partition UInt16, complete Bool, number UInt64, last UInt64, token String)')) AS reservations,
    (
        SELECT groupArray(replaceOne(name, 'stream_', ''))
        FROM system.tables
        WHERE database = currentDatabase() AND engine = 'Null'
    ) AS streams
FROM (SELECT * FROM projector_reservations FINAL)
SETTINGS select_sequential_consistency = 1
