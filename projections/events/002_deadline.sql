-- The moment up to which the server may take a row. Whoever was held up for longer, with an insert that others have
-- meanwhile made in its stead, is refused (docs/adr/0008-several-projectors.md).
ALTER TABLE events
    ADD COLUMN insert_until DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') + INTERVAL 1 MINUTE,
    ADD CONSTRAINT in_time CHECK insert_until >= nowInBlock('UTC');
