-- The reservations of the projectors, and the server's clock when they were read: a lease begins then.
SELECT
    toUnixTimestamp64Milli(now64(3)) AS at,
    groupArray(CAST(
        (topic, partition, complete, number, last, token),
        'Tuple(topic String, partition UInt16, complete Bool, number UInt64, last UInt64, token String)')) AS reservations
FROM (SELECT * FROM projector_reservations FINAL)
SETTINGS select_sequential_consistency = 1
