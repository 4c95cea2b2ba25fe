-- Every distance between window and reference, from the counts of their bins: the same numbers as ml/drift computes.
CREATE VIEW drift_distances AS
WITH
    arrayMap(c -> toFloat64(c), reference_counts)                     AS r,
    arrayMap(c -> toFloat64(c), window_counts)                        AS a,
    arraySum(r)                                                       AS n,
    arraySum(a)                                                       AS m,
    arraySlice(r, 1, toInt64(length(edges)) - 1)                      AS ordered_r,
    arraySlice(a, 1, toInt64(length(edges)) - 1)                      AS ordered_a,
    length(edges) > 1 AND arraySum(ordered_r) > 0 AND arraySum(ordered_a) > 0 AS has_order,
    arrayMap((x, y) -> abs(x / arraySum(ordered_r) - y / arraySum(ordered_a)),
        arrayCumSum(ordered_r), arrayCumSum(ordered_a))               AS differences
SELECT
    model,
    version,
    window,
    feature,
    slice, -- column=value of the predictions that were compared; empty: all
    psi,
    sqrt(arraySum((x, y) -> (if(x = 0, 0, x / n * log2(2 * x / n / (x / n + y / m)))
        + if(y = 0, 0, y / m * log2(2 * y / m / (x / n + y / m)))) / 2, r, a)) AS jensen_shannon, -- distance, 0 to 1
    sqrt(arraySum((x, y) -> pow(sqrt(x / n) - sqrt(y / m), 2), r, a) / 2)      AS hellinger, -- distance, 0 to 1
    arraySum((x, y) -> if(x + y = 0, 0, pow(m * x - n * y, 2) / (n * m * (x + y))), r, a) AS chi_square, -- Pearson's statistic of two samples
    if(has_order, arrayMax(differences), NULL)                                 AS kolmogorov_smirnov, -- of numbers: largest difference of the distribution functions
    if(has_order, arraySum((d, i) -> if(i < length(edges) - 1, d * (edges[i + 2] - edges[i]) / 2, 0),
        differences, arrayEnumerate(differences)), NULL)                       AS wasserstein, -- of numbers: area between the distribution functions, in their unit
    drifted,
    time,
    event_id
FROM drift
WHERE notEmpty(reference_counts);
