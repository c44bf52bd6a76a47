//! Mail: an outbox that is written with what a mail is about, and a worker that sends it by SMTP.
//!
//! A feature that sends mail declares a [`Kind`] in its `jobs.rs` and adds it to the list in `app.rs`. It puts a mail
//! into the outbox with [`service::enqueue`], in the same write as what the mail is about; the kind writes the text
//! when it is sent.

pub mod jobs;
pub mod service;
mod store;

pub use service::{Kind, Letter, Mailer, NewMail};
