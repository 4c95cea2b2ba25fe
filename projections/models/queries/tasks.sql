-- The tasks that were declared, as they are now, by name.
SELECT
    task,
    argMax(file, (declared_at, event_id)) AS file
FROM task_declarations
GROUP BY task
ORDER BY task
LIMIT 1000
