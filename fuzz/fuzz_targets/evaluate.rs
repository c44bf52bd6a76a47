//! Any bytes as the dice that throw a store, its promotions and a cart.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| testkit::fuzz::evaluate(bytes));
