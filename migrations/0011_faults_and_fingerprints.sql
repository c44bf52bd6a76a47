-- What operators must hear of: reservations that could not be ended, and another secret than that of the codes.

-- Why what a reservation holds could not be let go when it ended; null when it was.
ALTER TABLE reservation ADD COLUMN fault TEXT;

-- By which the secret is known again that the store's codes are hashed and sealed with; null until a server started.
ALTER TABLE store ADD COLUMN secret_fingerprint TEXT;

-- Never counted: uses stand in `use_counter`.
ALTER TABLE promotion DROP COLUMN current_uses;
ALTER TABLE coupon_code DROP COLUMN current_uses;
