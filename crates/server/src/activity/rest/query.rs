//! Which rows of the log are asked for.

use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::activity::service::{Action, Kind, Wanted};
use crate::platform::http::{FieldError, Problem};

/// Which rows to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// How many to return, 1 to 250; 50 unless told.
    #[param(minimum = 1, maximum = 250, default = 50)]
    pub(super) limit: Option<u32>,
    /// The `next_cursor` of the page before.
    pub(super) after: Option<String>,
    /// Of objects of this kind.
    object_kind: Option<Kind>,
    /// Of the object with this id.
    object_id: Option<i64>,
    /// By this actor: `key/`, `user/` or `token/` with an id, or `system/largesse`.
    actor: Option<String>,
    /// That did this.
    action: Option<Action>,
    /// Done at this instant or later: RFC 3339.
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// Done before this instant: RFC 3339.
    #[param(value_type = Option<String>)]
    to: Option<Timestamp>,
}

impl ListQuery {
    /// The same for a file, which has no pages.
    ///
    /// Errors: it asks for one.
    pub(super) fn whole(&self) -> Result<Wanted, Problem> {
        let paged = [("?limit", self.limit.is_some()), ("?after", self.after.is_some())];
        match paged.into_iter().find(|(_, is_given)| *is_given) {
            None => self.wanted(),
            Some((name, _)) => {
                let message = "a file has all rows; narrow it by `from` and `to`";
                Err(Problem::invalid([FieldError::new(name, "unknown_field", message)]))
            }
        }
    }

    /// The rows that it asks for.
    ///
    /// Errors: an actor that is not named as actors are.
    pub(super) fn wanted(&self) -> Result<Wanted, Problem> {
        let Self { object_kind, object_id, action, from, to, .. } = *self;
        let actor = self.actor.as_deref().map(actor).transpose()?;
        Ok(Wanted { kind: object_kind, id: object_id, actor, action, from, to })
    }
}

/// The kind and the id of an actor.
fn actor(text: &str) -> Result<(String, String), Problem> {
    let parts = text.split_once('/').map(|(kind, id)| (kind.to_owned(), id.to_owned()));
    parts.ok_or_else(|| {
        let message = "must be the kind and the id of an actor, such as `key/7`";
        Problem::invalid([FieldError::new("?actor", "invalid", message)])
    })
}
