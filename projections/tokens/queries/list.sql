-- Tokens, the newest first; `after`: created_at and token_id of the last one before.
SELECT
    token_id   AS tokenId,
    name,
    role,
    expires_at AS expiresAt,
    created_by AS createdBy,
    created_at AS createdAt,
    revoked_at AS revokedAt,
    if(revoked_at IS NULL, NULL, revoked_by) AS revokedBy,
    revoked_for AS revokedFor
FROM tokens
WHERE empty({after:Array(String)})
   OR (created_at, token_id) < (parseDateTime64BestEffortOrZero({after:Array(String)}[1], 3, 'UTC'), {after:Array(String)}[2])
ORDER BY created_at DESC, token_id DESC
LIMIT {limit:UInt32}
