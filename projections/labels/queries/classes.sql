-- Labels that samples of a task have, or that people gave: some only, of a target that is a number.
SELECT DISTINCT coalesce(target, '') AS label
FROM
(
    SELECT target FROM samples WHERE task = {task:String} AND decision = 'accepted'
    UNION ALL
    SELECT target FROM label_changes WHERE task = {task:String}
)
WHERE target IS NOT NULL
ORDER BY label
LIMIT 1000
