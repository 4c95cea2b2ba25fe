-- Every policy of a model, with its version: the number of changes up to it in the order of the log, but for those that
-- repeat the file before. The same fold as schemas/models/policy.ts.
CREATE VIEW policies AS
SELECT
    model,
    sum(is_new) OVER (PARTITION BY model ORDER BY partition, offset) AS version, -- number of the policy, from 1; 0 is the default, which has no row
    file,
    policy, -- all its keys, as JSON
    requested_by,
    time AS changed_at, -- when it took effect
    id   AS event_id
FROM
(
    SELECT
        *,
        subject                                AS model,
        JSONExtractString(data, 'file')        AS file,
        data                                   AS policy,
        JSONExtractString(data, 'requestedBy') AS requested_by,
        file != lagInFrame(file, 1, '') OVER (PARTITION BY subject ORDER BY partition, offset
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS is_new
    FROM events
    WHERE stream = 'models' AND type = 'PolicyChanged'
)
WHERE is_new;
