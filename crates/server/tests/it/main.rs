//! The integration tests: the whole application, called in this process, on a database of its own per test.
//!
//! They run on SQLite, or on PostgreSQL when `LARGESSE_TEST_DATABASE_URL` says where one is.

#![recursion_limit = "256"]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

mod activity;
mod as_code;
mod auth;
mod authorization;
mod bad_input;
mod bigcommerce;
mod catalog;
mod checkouts;
mod code_times;
mod code_tries;
mod codes;
mod coupons;
mod crash;
mod customer;
mod database;
mod documentation;
mod egress;
mod evaluation;
mod faults;
mod gift_cards;
mod graphql;
mod harness;
mod health;
mod http;
mod imports;
mod jobs;
mod keys;
mod ledger;
mod life_cycle;
mod lint;
mod load;
mod mail;
mod mirror;
mod nodes;
mod openapi;
mod operations;
mod orders;
mod outage;
mod postmaster;
mod power;
mod process;
mod promotions;
mod races;
mod recorded;
mod refresh;
mod replay;
mod return_quotes;
mod scenarios;
mod settings;
mod smtp;
mod store_credit;
mod stores;
mod tenders;
mod tokens;
mod trace_of;
mod users;
mod validate;
mod webhooks;
