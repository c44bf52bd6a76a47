-- A name for a promotion that stays when it is renamed, so that files can be told to be about it. Archived promotions
-- give theirs up: the column is null, the document keeps it for the record.
ALTER TABLE promotion ADD COLUMN key TEXT;
CREATE UNIQUE INDEX promotion_key ON promotion (store_id, key);
