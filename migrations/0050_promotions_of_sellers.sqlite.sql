-- Whose promotion it is, so that a seller's are found without reading all documents.
ALTER TABLE promotion ADD COLUMN seller_id BIGINT;

UPDATE promotion SET seller_id = json_extract(definition, '$.seller_id');

CREATE INDEX promotion_seller ON promotion (store_id, seller_id);
