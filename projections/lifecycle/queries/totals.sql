-- What the log holds, and how fast it came about: counts by type, first and last of each.
SELECT type, count() AS events, min(time) AS first, max(time) AS last
FROM events
GROUP BY type
ORDER BY type
