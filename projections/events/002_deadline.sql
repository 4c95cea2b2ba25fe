-- supersedes 94f9243be0a64c4ba167be8a73ea4b542254c438a92de74bf953d12f57d74d18
-- The moment up to which the server may take a row. Whoever was held up for longer, with an insert that others have
-- meanwhile made in its stead, is refused (docs/adr/0008-several-projectors.md).
ALTER TABLE events
    ADD COLUMN IF NOT EXISTS insert_until DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') + INTERVAL 1 MINUTE,
    ADD CONSTRAINT IF NOT EXISTS in_time CHECK insert_until >= nowInBlock('UTC');
