-- When a code can be used, beside its promotion's own time.

-- The first instant at which it can be; NULL for always.
ALTER TABLE coupon_code ADD COLUMN starts_at BIGINT;
-- The first instant at which it no longer can be; NULL for never.
ALTER TABLE coupon_code ADD COLUMN ends_at BIGINT;
