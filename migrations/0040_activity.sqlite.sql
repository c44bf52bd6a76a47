-- Who changed what, when, and how exactly. What stands here stays as it is.

CREATE TABLE activity (
    store_id BIGINT NOT NULL,
    -- Without gaps within a store.
    id BIGINT NOT NULL,
    -- What was changed: `promotion`, `settings`, `api_key` …
    object_kind TEXT NOT NULL,
    -- NULL for what a store has one of, and for many at once.
    object_id BIGINT,
    action TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    actor_email TEXT,
    -- A JSON list of fields with what they were before and are after it.
    changes TEXT NOT NULL,
    at BIGINT NOT NULL,
    request_id TEXT,
    -- A chain through all rows of the store.
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (store_id, id)
);
CREATE INDEX activity_object ON activity (store_id, object_kind, object_id, id);
CREATE INDEX activity_actor ON activity (store_id, actor_kind, actor_id, id);
CREATE INDEX activity_at ON activity (store_id, at);

CREATE TRIGGER activity_update BEFORE UPDATE ON activity
BEGIN SELECT RAISE(ABORT, 'the activity log is append-only'); END;
CREATE TRIGGER activity_delete BEFORE DELETE ON activity
BEGIN SELECT RAISE(ABORT, 'the activity log is append-only'); END;
