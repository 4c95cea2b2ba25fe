-- What the curator decided of a paper, each time that it came.
SELECT
    decision,
    label,
    words,
    duplicate_of AS duplicateOf,
    matched_by   AS matchedBy,
    similarity,
    reason,
    detail,
    decided_at   AS decidedAt,
    event_id     AS eventId
FROM samples
WHERE arxiv_id = {arxivId:String}
ORDER BY decided_at, event_id
LIMIT 100
