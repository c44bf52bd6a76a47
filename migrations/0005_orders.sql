-- Orders with everything that reports ask of them, what they used up of promotions, reservations, and the answers that
-- are given again under the same idempotency key.

-- How much of a limit is used up. `key` is `promotion:what`, as engine::redemption::Counter writes it.
CREATE TABLE use_counter (
    store_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    -- 0 for what is limited, so that one row decides. What has no limit is counted by each node in a row of its own, so
    -- that nodes never wait for each other.
    slot BIGINT NOT NULL,
    committed BIGINT NOT NULL CHECK (committed >= 0),
    held BIGINT NOT NULL CHECK (held >= 0),
    PRIMARY KEY (store_id, key, slot)
);

CREATE TABLE orders (
    store_id BIGINT NOT NULL REFERENCES store (store_id),
    id BIGINT NOT NULL,
    -- The storefront's own name for the order, by which it is placed only once.
    reference TEXT,
    -- Shared by the orders that one checkout was split into: together they count one use.
    group_key TEXT,
    cart_id TEXT,
    -- SHA-256 of what was asked for, in hexadecimal.
    fingerprint TEXT NOT NULL,
    status TEXT NOT NULL
        CHECK (status IN ('created', 'awaiting_fulfilment', 'fulfilled', 'cancelled', 'refunded')),
    channel_id BIGINT,
    customer_id BIGINT,
    customer_email TEXT,
    -- Minor units of `currency` from here on.
    currency TEXT NOT NULL,
    subtotal BIGINT NOT NULL,
    item_discount BIGINT NOT NULL,
    order_discount BIGINT NOT NULL,
    shipping_discount BIGINT NOT NULL,
    manual_discount BIGINT NOT NULL,
    shipping_cost BIGINT NOT NULL,
    -- What was paid for shipping, added tax included.
    shipping_paid BIGINT NOT NULL,
    tax BIGINT,
    prices_include_tax BOOLEAN NOT NULL,
    total BIGINT NOT NULL CHECK (total >= 0),
    gift_card BIGINT NOT NULL CHECK (gift_card >= 0),
    store_credit BIGINT NOT NULL CHECK (store_credit >= 0),
    due BIGINT NOT NULL CHECK (due >= 0 AND due = total - gift_card - store_credit),
    goods_refunded BIGINT NOT NULL CHECK (goods_refunded >= 0),
    shipping_refunded BIGINT NOT NULL CHECK (shipping_refunded >= 0),
    payment_method TEXT,
    payment_terms TEXT,
    -- The date until which it is to be paid, in the store's zone, as text such as 2026-12-31.
    due_date TEXT,
    -- The day on which it was placed, in the store's zone.
    day TEXT NOT NULL,
    ruleset TEXT NOT NULL,
    evaluation_id TEXT NOT NULL,
    rev BIGINT NOT NULL,
    placed_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    fulfilled_at BIGINT,
    cancelled_at BIGINT,
    refunded_at BIGINT,
    PRIMARY KEY (store_id, id),
    CHECK (goods_refunded + shipping_refunded <= total)
);
CREATE UNIQUE INDEX orders_reference ON orders (store_id, reference) WHERE reference IS NOT NULL;
CREATE INDEX orders_placed ON orders (store_id, placed_at, id);
CREATE INDEX orders_customer ON orders (store_id, customer_id, id) WHERE customer_id IS NOT NULL;

CREATE TABLE order_line (
    store_id BIGINT NOT NULL,
    order_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    -- The storefront's own name for the line.
    line_id TEXT NOT NULL,
    product_id BIGINT NOT NULL,
    variant_id BIGINT,
    brand_id BIGINT,
    seller_id BIGINT,
    -- JSON array of ids.
    category_ids TEXT NOT NULL,
    is_gift_card BOOLEAN NOT NULL,
    quantity BIGINT NOT NULL,
    price BIGINT NOT NULL,
    subtotal BIGINT NOT NULL,
    discount BIGINT NOT NULL,
    manual_discount BIGINT NOT NULL,
    total BIGINT NOT NULL,
    tax BIGINT,
    cost BIGINT,
    -- What single units cost in the end, dearest first: JSON array of [price, units].
    units TEXT NOT NULL,
    returned BIGINT NOT NULL CHECK (returned >= 0 AND returned <= quantity),
    PRIMARY KEY (store_id, order_id, position),
    FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id) ON DELETE CASCADE
);

-- What each rule took off each line, or off shipping.
CREATE TABLE order_discount (
    store_id BIGINT NOT NULL,
    order_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    -- The line; null for shipping.
    line_position BIGINT,
    promotion_id BIGINT NOT NULL,
    rule BIGINT,
    code TEXT,
    scope TEXT NOT NULL CHECK (scope IN ('item', 'order', 'shipping')),
    amount BIGINT NOT NULL,
    -- Over how many units of the line it is spread.
    units BIGINT NOT NULL,
    PRIMARY KEY (store_id, order_id, position),
    FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id) ON DELETE CASCADE
);
CREATE INDEX order_discount_promotion ON order_discount (store_id, promotion_id, order_id);

-- Gifts that promotions added.
CREATE TABLE order_gift (
    store_id BIGINT NOT NULL,
    order_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    promotion_id BIGINT NOT NULL,
    product_id BIGINT,
    variant_id BIGINT,
    quantity BIGINT NOT NULL,
    PRIMARY KEY (store_id, order_id, key),
    FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id) ON DELETE CASCADE
);

-- An order as each seller sees it; 0 is the store itself. Orders without sellers have none.
CREATE TABLE order_part (
    store_id BIGINT NOT NULL,
    order_id BIGINT NOT NULL,
    seller_id BIGINT NOT NULL,
    lines BIGINT NOT NULL,
    subtotal BIGINT NOT NULL,
    discount BIGINT NOT NULL,
    total BIGINT NOT NULL,
    PRIMARY KEY (store_id, order_id, seller_id),
    FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id) ON DELETE CASCADE
);
CREATE INDEX order_part_seller ON order_part (store_id, seller_id, order_id);

-- By what an order was paid.
CREATE TABLE order_tender (
    store_id BIGINT NOT NULL,
    order_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('gift_card', 'store_credit', 'primary')),
    -- The account in the ledger; null for the primary payment.
    account_id BIGINT,
    -- The last characters of a gift card's code.
    last_four TEXT,
    amount BIGINT NOT NULL CHECK (amount >= 0),
    refunded BIGINT NOT NULL CHECK (refunded >= 0 AND refunded <= amount),
    PRIMARY KEY (store_id, order_id, position),
    FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id) ON DELETE CASCADE
);

CREATE TABLE order_refund (
    store_id BIGINT NOT NULL,
    order_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    goods BIGINT NOT NULL CHECK (goods >= 0),
    shipping BIGINT NOT NULL CHECK (shipping >= 0),
    -- JSON array of {line_id, quantity}.
    lines TEXT NOT NULL,
    -- JSON array of {position, amount}: by which tenders it was paid back.
    tenders TEXT NOT NULL,
    reason TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (store_id, order_id, id),
    FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id) ON DELETE CASCADE
);

-- One recorded use of a promotion or code.
CREATE TABLE redemption (
    store_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    promotion_id BIGINT NOT NULL,
    code_id BIGINT,
    -- The order; null for a reservation that expired and whose uses are not given back.
    order_id BIGINT,
    reservation_id BIGINT,
    group_key TEXT,
    state TEXT NOT NULL CHECK (state IN ('committed', 'released')),
    -- 1, or 0 when another order of its group has the use.
    uses BIGINT NOT NULL CHECK (uses IN (0, 1)),
    -- Minor units of `currency`.
    spent BIGINT NOT NULL CHECK (spent >= 0),
    currency TEXT NOT NULL,
    -- 0 for carts that name none.
    channel_id BIGINT NOT NULL,
    day TEXT NOT NULL,
    -- By what the customer is known, hashed where it is personal: separated by blanks.
    identities TEXT NOT NULL,
    slot BIGINT NOT NULL,
    -- When it is given back: letters of cancel, expiry, full refund, partial refund.
    given_back_on TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    released_at BIGINT,
    PRIMARY KEY (store_id, id)
);
CREATE UNIQUE INDEX redemption_order ON redemption (store_id, order_id, promotion_id) WHERE order_id IS NOT NULL;
CREATE INDEX redemption_promotion ON redemption (store_id, promotion_id, id);
CREATE INDEX redemption_group ON redemption (store_id, group_key) WHERE group_key IS NOT NULL;

CREATE TABLE reservation (
    store_id BIGINT NOT NULL REFERENCES store (store_id),
    id BIGINT NOT NULL,
    -- The cart that holds; it has one reservation at a time.
    cart_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('held', 'committed', 'released', 'expired')),
    expires_at BIGINT NOT NULL,
    -- What it holds, as JSON: claims of promotions, and amounts of accounts.
    holds TEXT NOT NULL,
    -- The order that it became.
    order_id BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (store_id, id)
);
CREATE UNIQUE INDEX reservation_cart ON reservation (store_id, cart_id) WHERE state = 'held';
CREATE INDEX reservation_expiry ON reservation (store_id, expires_at) WHERE state = 'held';

-- Answers that are given again, byte for byte.
CREATE TABLE idempotency (
    store_id BIGINT NOT NULL,
    -- The API key that asked.
    caller BIGINT NOT NULL,
    key TEXT NOT NULL,
    -- SHA-256 of what was asked, in hexadecimal.
    fingerprint TEXT NOT NULL,
    status BIGINT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (store_id, caller, key)
);
CREATE INDEX idempotency_created ON idempotency (created_at);
