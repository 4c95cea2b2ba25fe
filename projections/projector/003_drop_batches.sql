-- projector_claims has taken its place.
DROP TABLE IF EXISTS projector_batches SYNC;
