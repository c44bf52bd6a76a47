//! Any bytes as the body of a promotion.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| testkit::fuzz::promotion_document(bytes));
