-- The models that are declared, or have versions, by name.
SELECT DISTINCT model
FROM (SELECT model FROM model_declarations UNION DISTINCT SELECT model FROM version_history)
ORDER BY model
LIMIT 10000
