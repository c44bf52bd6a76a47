-- Evaluations that a caller asked to keep, and the rules by which they were priced.

CREATE TABLE ruleset_snapshot (
    store_id BIGINT NOT NULL REFERENCES store (store_id),
    -- SHA-256 of `rules` in hexadecimal.
    hash TEXT NOT NULL,
    -- Settings and promotions in normal form.
    rules TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (store_id, hash)
);

CREATE TABLE evaluation (
    store_id BIGINT NOT NULL,
    -- SHA-256 of `input` in hexadecimal, its first half.
    id TEXT NOT NULL,
    ruleset_hash TEXT NOT NULL,
    -- Everything that the answer is a function of: the completed cart, facts, instant.
    input TEXT NOT NULL,
    -- The answer, byte for byte.
    answer TEXT NOT NULL,
    -- What one unit of each gift cost in the catalog, for returns.
    gift_values TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (store_id, id),
    FOREIGN KEY (store_id, ruleset_hash) REFERENCES ruleset_snapshot (store_id, hash)
);
