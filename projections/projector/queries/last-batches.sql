-- The last batch that the projector began to write of each partition.
SELECT topic, partition, last, token
FROM projector_batches FINAL
ORDER BY topic, partition
