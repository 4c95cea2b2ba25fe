-- How many events of each type there are, since when, and the latest.
SELECT type, stream, count() AS events, min(time) AS first, max(time) AS last
FROM events
GROUP BY type, stream
ORDER BY stream, type
