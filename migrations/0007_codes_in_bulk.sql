-- Codes that are made and imported by the million, and found however shoppers write them.

-- The code without spaces, `-` and `_`, with O as 0, I and L as 1; NULL when that is the normal form itself.
ALTER TABLE coupon_code ADD COLUMN loose_code TEXT;
-- Whether it was made at random, so that who does not know it must not learn that it exists.
ALTER TABLE coupon_code ADD COLUMN is_generated BOOLEAN NOT NULL DEFAULT FALSE;

UPDATE coupon_code SET loose_code = REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(normal_code,
    ' ', ''), '-', ''), '_', ''), 'O', '0'), 'I', '1'), 'L', '1')
WHERE normal_code <> REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(normal_code,
    ' ', ''), '-', ''), '_', ''), 'O', '0'), 'I', '1'), 'L', '1');

CREATE INDEX coupon_code_loose_code ON coupon_code (store_id, loose_code) WHERE loose_code IS NOT NULL;

-- From where codes of one shape are drawn: under one key and by one counter, so that none is made twice.
CREATE TABLE code_space (
    store_id BIGINT NOT NULL REFERENCES store (store_id),
    id BIGINT NOT NULL,
    shape TEXT NOT NULL,
    -- 16 bytes in hexadecimal.
    secret_key TEXT NOT NULL,
    -- The place in the secret order that is drawn next.
    next_place BIGINT NOT NULL,
    -- Whether a code of this shape with a wrong check character is refused without looking it up.
    is_guarded BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (store_id, id)
);
CREATE UNIQUE INDEX code_space_shape ON code_space (store_id, shape);
