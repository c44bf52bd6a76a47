//! Who calls: what every way of showing who one is comes down to.

use std::fmt;
use std::sync::Arc;

use super::permission::{Permission, Permissions};
use crate::platform::http::{Code, Problem};
use crate::platform::ids::StoreId;

/// What sort of somebody did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActorKind {
    /// A server, by an API key.
    Key,
    /// A person who signed in.
    User,
    /// A person for whom another system vouches, by a token.
    Token,
    /// Whoever runs the server, or the server itself.
    System,
}

impl ActorKind {
    /// Its name in answers and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::User => "user",
            Self::Token => "token",
            Self::System => "system",
        }
    }
}

/// Who did something, as records of it name them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Actor {
    /// What sort of somebody.
    pub kind: ActorKind,
    /// The id among those of its kind: of a key or user its id, of a token its subject.
    pub id: Arc<str>,
    /// What people call them.
    pub name: Arc<str>,
    /// Their e-mail address, when it is known.
    pub email: Option<Arc<str>>,
}

impl Actor {
    /// The server itself, or who runs it.
    pub fn system() -> Self {
        Self { kind: ActorKind::System, id: "largesse".into(), name: "Largesse".into(), email: None }
    }
}

/// The short name of an actor, such as `key/7`, by which rows refer to them.
impl fmt::Display for Actor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.kind.name(), self.id)
    }
}

/// Somebody who showed who they are, and what they may do in which store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The store that they may do something in.
    pub store_id: StoreId,
    /// By which the address of a compatible surface, `/stores/{hash}`, names that store.
    pub store_hash: Arc<str>,
    /// Who they are.
    pub actor: Actor,
    /// By which their idempotency keys are told from those of others: of an API key its id, of a user the id below zero,
    /// of a token a hash of the subject, below all of those.
    pub id: i64,
    /// What they may do.
    pub permissions: Permissions,
    /// The seller for whom they act, who sees and changes only what is their own.
    pub seller: Option<i64>,
    /// Whether they are a shopper's browser, which may do only what anybody may.
    pub is_shopper: bool,
}

impl Caller {
    /// Whether they may do this.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.has(permission)
    }

    /// Whether they may give these permissions to others, or take them away.
    ///
    /// Errors: forbidden, with what they lack.
    pub(in crate::access) fn check_gives(&self, permissions: Permissions) -> Result<(), Problem> {
        let lacking = permissions.without(self.permissions);
        if lacking.is_empty() {
            return Ok(());
        }
        let detail = format!("nobody gives more than they have: `{}` lacks `{lacking}`", self.actor.name);
        Err(Problem::new(Code::Forbidden, detail))
    }
}
