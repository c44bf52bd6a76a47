-- People who sign in, roles, tokens of other systems, keys that make stores, and the channels of stores.

CREATE TABLE platform_key (
    -- Always 0: such a key is of no store.
    store_id BIGINT NOT NULL CHECK (store_id = 0),
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    last_four TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    PRIMARY KEY (store_id, id)
);
CREATE INDEX platform_key_secret_hash ON platform_key (secret_hash);

-- The roles that a store made for itself; those that every store has are in the program.
CREATE TABLE role (
    store_id BIGINT NOT NULL REFERENCES store (store_id),
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    -- A JSON list.
    permissions TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (store_id, id)
);
CREATE UNIQUE INDEX role_name ON role (store_id, name);

CREATE TABLE store_user (
    store_id BIGINT NOT NULL REFERENCES store (store_id),
    id BIGINT NOT NULL,
    -- As addresses compare: without spaces around it, in lower case.
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    -- argon2id with its parameters; NULL until the user has chosen one.
    password_hash TEXT,
    -- The name of a role.
    role TEXT NOT NULL,
    seller_id BIGINT,
    status TEXT NOT NULL CHECK (status IN ('active', 'disabled')),
    -- Sealed; asked for once totp_confirmed_at is set.
    totp_secret TEXT,
    totp_confirmed_at BIGINT,
    -- The period of the last code that was taken, so that none is taken twice.
    totp_last_period BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (store_id, id)
);
CREATE UNIQUE INDEX store_user_email ON store_user (store_id, email);
-- Who signs in does not say where.
CREATE INDEX store_user_email_anywhere ON store_user (email);

CREATE TABLE recovery_code (
    store_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    code_hash TEXT NOT NULL,
    PRIMARY KEY (store_id, user_id, code_hash),
    FOREIGN KEY (store_id, user_id) REFERENCES store_user (store_id, id)
);

-- Links by which users choose their password; gone once they were used.
CREATE TABLE setup_link (
    store_id BIGINT NOT NULL REFERENCES store (store_id),
    id BIGINT NOT NULL,
    -- NULL for the link that makes the first user.
    user_id BIGINT,
    token_hash TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (store_id, id)
);
CREATE INDEX setup_link_token_hash ON setup_link (token_hash);

CREATE TABLE user_session (
    store_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    token_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    PRIMARY KEY (store_id, id),
    FOREIGN KEY (store_id, user_id) REFERENCES store_user (store_id, id)
);
CREATE INDEX user_session_token_hash ON user_session (token_hash);
CREATE INDEX user_session_user ON user_session (store_id, user_id);

-- Whose tokens a store takes.
CREATE TABLE token_issuer (
    store_id BIGINT NOT NULL PRIMARY KEY REFERENCES store (store_id),
    issuer TEXT NOT NULL,
    audience TEXT NOT NULL,
    algorithm TEXT NOT NULL CHECK (algorithm IN ('HS256', 'RS256', 'ES256')),
    -- Sealed; of HS256.
    secret TEXT,
    -- A JSON Web Key Set; of the others.
    jwks TEXT,
    updated_at BIGINT NOT NULL
);
CREATE INDEX token_issuer_audience ON token_issuer (audience, issuer);

CREATE TABLE channel (
    store_id BIGINT NOT NULL REFERENCES store (store_id),
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    -- A JSON list of ISO 4217 codes, the default first.
    currencies TEXT NOT NULL,
    time_zone TEXT,
    status TEXT NOT NULL CHECK (status IN ('active', 'inactive')),
    -- Whether it was made with the store, and nobody has said anything of it.
    is_assumed BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (store_id, id)
);
INSERT INTO channel (store_id, id, name, currencies, time_zone, status, is_assumed, created_at)
    SELECT store_id, 1, 'Web', '["' || currency || '"]', NULL, 'active', TRUE, created_at FROM store;
INSERT INTO sequence (store_id, name, next) SELECT store_id, 'channel', 2 FROM store;
