-- Which promotions changed when, so that nodes learn a change without reading all the others.

-- The version of the store at which the promotion last changed; 0 for one that was last changed before this file.
ALTER TABLE promotion ADD COLUMN changed_at_version BIGINT NOT NULL DEFAULT 0;
CREATE INDEX promotion_changed ON promotion (store_id, changed_at_version);

-- Finds the few that can still apply among any number of drafts, ended and archived ones.
CREATE INDEX promotion_live ON promotion (store_id, status, end_at);

-- Counts the same changes as `version`, but only those that marked the promotions which they changed. A binary from
-- before this file counts only `version`: when the two drift apart, everything is loaded anew.
ALTER TABLE store ADD COLUMN marked_changes BIGINT NOT NULL DEFAULT 0;
