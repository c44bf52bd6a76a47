-- Telling other systems what happened: endpoints, what there is to tell, and what became of telling it.

CREATE TABLE webhook (
    store_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    -- NULL for an endpoint that asks for its events itself.
    url TEXT,
    -- A JSON list of names of events, or ["*"].
    events TEXT NOT NULL,
    description TEXT NOT NULL,
    -- `enabled` or `disabled`.
    status TEXT NOT NULL,
    -- Why the server disabled it.
    disabled_reason TEXT,
    -- Since when nothing has come through; NULL when the last delivery did.
    failing_since BIGINT,
    -- Sealed with the server's secret.
    secret TEXT NOT NULL,
    -- The one before, which goes on signing until then.
    previous_secret TEXT,
    previous_until BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (store_id, id)
);

-- The outbox: written by the transaction of what happened.
CREATE TABLE webhook_event (
    store_id BIGINT NOT NULL,
    -- A UUID whose order is that of time.
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- What is sent, byte for byte.
    payload TEXT NOT NULL,
    -- Whether its deliveries have been made.
    is_handed_on BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (store_id, id)
);
CREATE INDEX webhook_event_new ON webhook_event (store_id, id) WHERE NOT is_handed_on;
CREATE INDEX webhook_event_age ON webhook_event (store_id, created_at);

CREATE TABLE webhook_delivery (
    store_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    webhook_id BIGINT NOT NULL,
    event_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- `waiting`, `delivered`, `failed`, or `polled` for an endpoint that asks itself.
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    -- Of the last attempt: status and beginning of the answer, milliseconds, and what went wrong.
    response_status BIGINT,
    response_body TEXT,
    duration_ms BIGINT,
    error TEXT,
    finished_at BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (store_id, id)
);
CREATE INDEX webhook_delivery_of ON webhook_delivery (store_id, webhook_id, id);
CREATE INDEX webhook_delivery_due ON webhook_delivery (next_attempt_at) WHERE state = 'waiting';
CREATE INDEX webhook_delivery_age ON webhook_delivery (store_id, created_at);

-- Which events any enabled endpoint wants: a JSON list of names, or ["*"].
ALTER TABLE store ADD COLUMN webhook_events TEXT NOT NULL DEFAULT '[]';
