-- What the catalog must know for guardrails, gifts and offers: costs, floors, modifiers, and which products a category has.

ALTER TABLE product ADD COLUMN cost TEXT;
ALTER TABLE product ADD COLUMN floor_price TEXT;
ALTER TABLE product ADD COLUMN has_required_modifiers BOOLEAN NOT NULL DEFAULT FALSE;

-- The same as product.category_ids, to be searched by category; written with the product.
CREATE TABLE product_category (
    store_id BIGINT NOT NULL,
    category_id BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    PRIMARY KEY (store_id, category_id, product_id),
    FOREIGN KEY (store_id, product_id) REFERENCES product (store_id, id) ON DELETE CASCADE
);
CREATE INDEX product_category_product ON product_category (store_id, product_id);
CREATE INDEX product_brand ON product (store_id, brand_id);
