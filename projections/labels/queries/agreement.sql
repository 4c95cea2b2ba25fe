-- How often annotators of a task agree: Cohen's kappa of each two, then Fleiss' kappa of all who labelled the same samples.
SELECT method, annotators, pair, samples, agreement, chance, kappa
FROM
(
    SELECT 'cohen' AS method, toUInt64(2) AS annotators, [annotator, other] AS pair, samples, agreement, chance, kappa
    FROM label_agreement
    WHERE task = {task:String}
    UNION ALL
    SELECT 'fleiss', annotators, [], samples, agreement, chance, kappa
    FROM label_kappas
    WHERE task = {task:String}
)
ORDER BY method, annotators, pair
LIMIT 1000
