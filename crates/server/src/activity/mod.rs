//! The activity log: who changed what of the things that merchants manage, when, and how exactly.
//!
//! Every such change calls [`record`] inside its own transaction, as the last thing it does there, so that there is a
//! row for each change that was kept and for no other. Rows are never changed; a chain of hashes shows when somebody
//! did. What shoppers do (carts, orders, reservations) is not in it: that has tables of its own.
//!
//! ```text
//! let author = Author::of(&caller, app.clock.now());
//! app.db.write(move |tx| Box::pin(async move {
//!     store::update(tx, &changed).await?;
//!     let change = Change::new(Object::one(Kind::Promotion, id), Action::Updated).from(before).to(after);
//!     activity::record(tx, &author, change).await
//! })).await?;
//! ```

pub(crate) mod graphql;
mod rest;
pub mod service;
mod store;

pub use rest::feature;
pub use service::{Action, Author, Change, Kind, Object, Wanted, record};
