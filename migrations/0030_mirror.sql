-- The mirror of the storefront, whole: prices in other currencies, segments with names, telephone numbers, sellers.

-- JSON objects of decimal amounts by currency; that of the store's own currency stays in `price` and `list_price`.
ALTER TABLE product ADD COLUMN prices TEXT NOT NULL DEFAULT '{}';
ALTER TABLE product ADD COLUMN list_prices TEXT NOT NULL DEFAULT '{}';
ALTER TABLE variant ADD COLUMN prices TEXT NOT NULL DEFAULT '{}';
ALTER TABLE variant ADD COLUMN list_prices TEXT NOT NULL DEFAULT '{}';

ALTER TABLE customer ADD COLUMN phone TEXT;

CREATE TABLE segment (
    store_id BIGINT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (store_id, id)
);

CREATE TABLE seller (
    store_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    business_name TEXT NOT NULL,
    email TEXT,
    -- Whether the operator lets the seller make promotions.
    marketing_tools BOOLEAN NOT NULL,
    PRIMARY KEY (store_id, id)
);

-- What is looked through when something is deleted.
CREATE INDEX category_parent ON category (store_id, parent_id);
CREATE INDEX product_seller ON product (store_id, seller_id);
CREATE INDEX customer_of_group ON customer (store_id, group_id);
