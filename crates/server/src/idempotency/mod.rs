//! Requests that are made once however often they are sent: the answer is kept with what it tells, in one transaction.

pub mod jobs;
mod rest;
mod service;
mod store;

pub use rest::{Once, Request, Working};
pub use service::{
    InFlight, Remembered, answered, ask, fingerprint, keep, mismatch, recall, rows, told, verify,
};
