-- The ledger: what the store owes to holders of gift cards and of store credit.
--
-- Amounts are whole minor units of the account's currency, so that the database itself adds and checks them.

CREATE TABLE ledger_account (
    store_id BIGINT NOT NULL REFERENCES store (store_id),
    id BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('gift_card', 'store_credit')),
    currency TEXT NOT NULL,
    funding TEXT NOT NULL CHECK (funding IN ('sold', 'promotional')),
    -- The sum of the account's entries.
    balance BIGINT NOT NULL CHECK (balance >= 0),
    -- What of the balance is held for orders under way.
    held BIGINT NOT NULL CHECK (held >= 0 AND held <= balance),
    -- Whose store credit it is; null for a gift card.
    customer_id BIGINT,
    expires_at BIGINT,
    voided_at BIGINT,
    -- When the sweep took what had expired.
    expired_at BIGINT,
    -- The hash of the last transaction, and how many there are.
    head_hash TEXT NOT NULL,
    entry_count BIGINT NOT NULL,
    -- Counts the changes of this row: one that was decided on an older state is noticed.
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (store_id, id)
);
CREATE UNIQUE INDEX ledger_account_customer ON ledger_account (store_id, customer_id, currency);
CREATE INDEX ledger_account_expires ON ledger_account (store_id, expires_at);

CREATE TABLE ledger_transaction (
    store_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    -- What it added to the account; below zero for what it took.
    amount BIGINT NOT NULL,
    balance_after BIGINT NOT NULL CHECK (balance_after >= 0),
    order_id TEXT,
    -- The reservation or redemption that caused it.
    reference TEXT,
    -- Names the cause, such as `order/123/redeem/7`: the same cause posts once, for ever.
    natural_key TEXT NOT NULL,
    reason TEXT,
    actor TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- SHA-256 in hexadecimal over the previous hash of the account and the columns above.
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (store_id, id),
    FOREIGN KEY (store_id, account_id) REFERENCES ledger_account (store_id, id)
);
CREATE UNIQUE INDEX ledger_transaction_natural_key ON ledger_transaction (store_id, natural_key);
CREATE INDEX ledger_transaction_account ON ledger_transaction (store_id, account_id, id);
CREATE INDEX ledger_transaction_order ON ledger_transaction (store_id, order_id);
CREATE INDEX ledger_transaction_created ON ledger_transaction (store_id, created_at);

-- The two sides of each transaction; they sum to zero.
CREATE TABLE ledger_entry (
    store_id BIGINT NOT NULL,
    transaction_id BIGINT NOT NULL,
    -- `liability` for the account's own side, or the name of the contra account, which has no row of its own and so
    -- never makes two transactions wait for each other.
    account TEXT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (store_id, transaction_id, account),
    FOREIGN KEY (store_id, transaction_id) REFERENCES ledger_transaction (store_id, id)
);
