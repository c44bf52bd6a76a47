-- Stores, keys, promotions with their codes, and the mirror of the storefront's catalog and customers.

CREATE TABLE store (
    store_id BIGINT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    settings TEXT NOT NULL,
    -- Counts every change to what evaluation sees; other nodes poll it.
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX store_hash ON store (hash);

CREATE TABLE api_key (
    store_id BIGINT NOT NULL REFERENCES store (store_id),
    id BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('secret', 'publishable')),
    name TEXT NOT NULL,
    -- SHA-256 in hexadecimal; the key itself is shown once and kept nowhere.
    secret_hash TEXT NOT NULL,
    last_four TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (store_id, id)
);
CREATE INDEX api_key_secret_hash ON api_key (secret_hash);

-- The next free id of each kind of object.
CREATE TABLE sequence (
    store_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    next BIGINT NOT NULL,
    PRIMARY KEY (store_id, name)
);

CREATE TABLE promotion (
    store_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    -- The name as searches compare it.
    name_folded TEXT NOT NULL,
    redemption_type TEXT NOT NULL,
    coupon_type TEXT,
    status TEXT NOT NULL,
    currency_code TEXT NOT NULL,
    start_at BIGINT NOT NULL,
    end_at BIGINT,
    priority BIGINT NOT NULL,
    definition TEXT NOT NULL,
    current_uses BIGINT NOT NULL DEFAULT 0,
    created_from TEXT NOT NULL,
    rev BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (store_id, id)
);
CREATE INDEX promotion_status ON promotion (store_id, status, id);

CREATE TABLE promotion_channel (
    store_id BIGINT NOT NULL,
    promotion_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    PRIMARY KEY (store_id, promotion_id, channel_id),
    FOREIGN KEY (store_id, promotion_id) REFERENCES promotion (store_id, id) ON DELETE CASCADE
);
CREATE INDEX promotion_channel_channel ON promotion_channel (store_id, channel_id, promotion_id);

CREATE TABLE coupon_code (
    store_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    promotion_id BIGINT NOT NULL,
    code TEXT NOT NULL,
    -- The code as codes compare, so that `save 10` finds `SAVE10`.
    normal_code TEXT NOT NULL,
    max_uses BIGINT,
    max_uses_per_customer BIGINT,
    current_uses BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (store_id, id),
    FOREIGN KEY (store_id, promotion_id) REFERENCES promotion (store_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX coupon_code_normal_code ON coupon_code (store_id, normal_code);
CREATE INDEX coupon_code_promotion ON coupon_code (store_id, promotion_id, id);

CREATE TABLE category (
    store_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    parent_id BIGINT,
    PRIMARY KEY (store_id, id)
);

CREATE TABLE brand (
    store_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (store_id, id)
);

-- Brands and categories are not foreign keys: a storefront may send its products first.
CREATE TABLE product (
    store_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    sku TEXT,
    price TEXT,
    list_price TEXT,
    brand_id BIGINT,
    seller_id BIGINT,
    category_ids TEXT NOT NULL,
    options TEXT NOT NULL,
    custom_fields TEXT NOT NULL,
    gift_card BOOLEAN NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (store_id, id)
);

CREATE TABLE variant (
    store_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    sku TEXT,
    price TEXT,
    list_price TEXT,
    options TEXT NOT NULL,
    PRIMARY KEY (store_id, id),
    FOREIGN KEY (store_id, product_id) REFERENCES product (store_id, id) ON DELETE CASCADE
);
CREATE INDEX variant_product ON variant (store_id, product_id, id);

CREATE TABLE customer_group (
    store_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (store_id, id)
);

CREATE TABLE customer (
    store_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    email TEXT,
    group_id BIGINT,
    segment_ids TEXT NOT NULL,
    order_count BIGINT NOT NULL,
    loyalty_tier TEXT,
    PRIMARY KEY (store_id, id)
);
