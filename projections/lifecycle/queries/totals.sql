-- Number of events by type, with the first and the last time.
SELECT type, count() AS events, min(time) AS first, max(time) AS last
FROM events
GROUP BY type
ORDER BY type
