-- The policies that a model had, the newest first.
SELECT
    version,
    file,
    policy,
    requested_by AS requestedBy,
    changed_at   AS changedAt,
    event_id     AS eventId
FROM policies
WHERE model = {model:String}
ORDER BY version DESC
LIMIT {limit:UInt32}
