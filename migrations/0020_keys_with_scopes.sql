-- What API keys may do, until when, and when they were last used.

-- A JSON list of permissions; NULL for all of them.
ALTER TABLE api_key ADD COLUMN scopes TEXT;
ALTER TABLE api_key ADD COLUMN expires_at BIGINT;
-- To the minute.
ALTER TABLE api_key ADD COLUMN last_used_at BIGINT;
ALTER TABLE api_key ADD COLUMN revoked_at BIGINT;
-- The actor who made it, such as `user/3`; NULL for a key of before this column.
ALTER TABLE api_key ADD COLUMN created_by TEXT;
