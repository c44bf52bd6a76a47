-- Gift cards, and mails that wait to be sent.

-- A card has the id of its account in the ledger, which holds its balance, currency, expiry and voiding.
CREATE TABLE gift_card (
    store_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    -- HMAC-SHA256 of the code in hexadecimal; the key is not in this database.
    code_hash TEXT NOT NULL,
    last_four TEXT NOT NULL,
    -- The code, encrypted, for a delivery that is sent later or again.
    code_sealed TEXT NOT NULL,
    pin_hash TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('virtual', 'physical')),
    -- Minor units of the account's currency.
    initial_amount BIGINT NOT NULL,
    recipient_email TEXT,
    recipient_name TEXT,
    sender_name TEXT,
    message TEXT,
    note TEXT,
    -- The job that made it, with others.
    batch_id BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (store_id, id),
    FOREIGN KEY (store_id, id) REFERENCES ledger_account (store_id, id)
);
CREATE UNIQUE INDEX gift_card_code ON gift_card (store_id, code_hash);
CREATE INDEX gift_card_last_four ON gift_card (store_id, last_four);
CREATE INDEX gift_card_recipient ON gift_card (store_id, recipient_email);
CREATE INDEX gift_card_batch ON gift_card (store_id, batch_id, id);

-- Who took codes out, and when.
CREATE TABLE gift_card_export (
    store_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    batch_id BIGINT NOT NULL,
    actor TEXT NOT NULL,
    cards BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (store_id, id)
);

CREATE TABLE mail (
    store_id BIGINT NOT NULL REFERENCES store (store_id),
    id BIGINT NOT NULL,
    -- What sort of mail, and what it is about: the text is written when it is sent, so that no code stands here.
    kind TEXT NOT NULL,
    subject_id BIGINT NOT NULL,
    recipient TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')),
    send_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    -- Not before this; while a node sends it, until when the others leave it alone.
    next_attempt_at BIGINT NOT NULL,
    sent_at BIGINT,
    error TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (store_id, id)
);
CREATE INDEX mail_due ON mail (state, next_attempt_at);
CREATE INDEX mail_subject ON mail (store_id, kind, subject_id, id);
