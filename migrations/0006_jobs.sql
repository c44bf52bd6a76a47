-- Work that goes on after the request that asked for it was answered.

CREATE TABLE job (
    store_id BIGINT NOT NULL REFERENCES store (store_id),
    id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'paused', 'done', 'failed', 'cancelled')),
    done BIGINT NOT NULL DEFAULT 0,
    total BIGINT NOT NULL,
    -- What is to be done, as its kind wrote it; emptied when nothing is left to do.
    request TEXT NOT NULL,
    -- Where the next step goes on, as its kind wrote it.
    cursor TEXT NOT NULL,
    -- What came of it so far, as JSON for whoever asked for it.
    result TEXT NOT NULL,
    error TEXT,
    -- Counts the steps that were kept: of two nodes that make the same step, one is kept.
    steps BIGINT NOT NULL DEFAULT 0,
    -- Steps that failed since the last that did not.
    failures BIGINT NOT NULL DEFAULT 0,
    -- The next step is not made before this.
    due_at BIGINT NOT NULL,
    -- Which node makes the steps, and until when the others leave them to it.
    leased_by TEXT NOT NULL DEFAULT '',
    leased_until BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    finished_at BIGINT,
    PRIMARY KEY (store_id, id)
);
CREATE INDEX job_state ON job (state, due_at);

-- What a job works on, when that is long: in parts, gone when the job ends.
CREATE TABLE job_part (
    store_id BIGINT NOT NULL,
    job_id BIGINT NOT NULL,
    part BIGINT NOT NULL,
    content TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (store_id, job_id, part)
);
