//! Largesse's server: loads, calls the engine, stores, answers.
//!
//! Start reading at [`app`], which lists the features and puts the router together, then at any feature: `service`
//! says what it can do, `store` what it keeps, `rest` how it is reached. What they stand on is [`platform`].

#![recursion_limit = "256"]

pub mod access;
pub mod activity;
pub mod app;
pub mod bigcommerce;
pub mod catalog;
pub mod channel;
pub mod commands;
pub mod coupon;
pub mod customer;
pub mod evaluation;
pub mod gift_card;
pub mod graphql;
pub mod health;
pub mod idempotency;
pub mod import;
pub mod job;
pub mod ledger;
pub mod mail;
pub mod order;
pub mod platform;
pub mod promotion;
pub mod redemption;
pub mod ruleset;
pub mod seller;
pub mod settings;
pub mod store_credit;
pub mod webhook;
