//! Recording changes, and reading what was recorded.

mod chain;
mod verify;

use engine::difference;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::store::{self, ActivityRow};
use crate::access::{Actor, Caller};
use crate::platform::db::{Connection, Transaction};
use crate::platform::http::{Problem, request_id};
use crate::platform::ids::{StoreId, next_id};
use crate::webhook;

pub use verify::verify;

/// Whose change it is: what every change of what merchants manage is made with.
#[derive(Clone, Debug)]
pub struct Author {
    /// The store that is changed.
    pub store: StoreId,
    /// Who changes it.
    pub actor: Actor,
    /// When.
    pub now: Timestamp,
    /// The request by which they do.
    pub request_id: Option<String>,
}

impl Author {
    /// The caller of the request that is being answered.
    pub fn of(caller: &Caller, now: Timestamp) -> Self {
        Self::by(caller.store_id, caller.actor.clone(), now)
    }

    /// This actor, by the request that is being answered, if one is.
    pub fn by(store: StoreId, actor: Actor, now: Timestamp) -> Self {
        Self { store, actor, now, request_id: request_id::current() }
    }

    /// The server itself, or who runs it.
    pub fn system(store: StoreId, now: Timestamp) -> Self {
        Self { store, actor: Actor::system(), now, request_id: None }
    }
}

/// Declares [`Kind`] or [`Action`] with the name of each.
macro_rules! named {
    ($about:literal, $wire_name:ident, $name:ident { $($(#[$doc:meta])* $case:ident => $wire:literal,)+ }) => {
        #[doc = $about]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        #[schema(as = $wire_name)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $wire)] $case,)+
        }

        impl $name {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$case,)+];

            /// Its name in answers and in the database.
            pub fn name(self) -> &'static str {
                match self { $(Self::$case => $wire,)+ }
            }
        }
    };
}

named! {
    "What sort of object was changed.", ActivityObjectKind, Kind {
        /// A promotion.
        Promotion => "promotion",
        /// A coupon code, or many.
        CouponCode => "coupon_code",
        /// The settings of the store.
        Settings => "settings",
        /// The store itself.
        Store => "store",
        /// An API key.
        ApiKey => "api_key",
        /// A gift card, or many.
        GiftCard => "gift_card",
        /// The store credit of a customer, whose id it has.
        StoreCredit => "store_credit",
        /// An order, after it was placed.
        Order => "order",
        /// Work that goes on in the background.
        Job => "job",
        /// Products of the catalog.
        Product => "product",
        /// Variants of products.
        Variant => "variant",
        /// Categories of the catalog.
        Category => "category",
        /// Brands of the catalog.
        Brand => "brand",
        /// Customers.
        Customer => "customer",
        /// A webhook.
        Webhook => "webhook",
        /// Customer groups.
        CustomerGroup => "customer_group",
        /// Segments of customers.
        Segment => "segment",
        /// Sellers of a marketplace.
        Seller => "seller",
        /// Somebody who may sign in.
        User => "user",
        /// What users may do, under a name.
        Role => "role",
        /// A storefront of the store.
        Channel => "channel",
        /// What somebody's browser shows after they signed in.
        Session => "session",
        /// Whose tokens the store takes.
        TokenSettings => "token_settings",
    }
}

named! {
    "What was done.", ActivityAction, Action {
        /// It was made.
        Created => "created",
        /// Some of its fields were changed.
        Updated => "updated",
        /// It was activated.
        Activated => "activated",
        /// It was paused.
        Paused => "paused",
        /// It was archived, for good.
        Archived => "archived",
        /// It was deleted.
        Deleted => "deleted",
        /// Many were added or replaced at once.
        Upserted => "upserted",
        /// Making many was begun.
        Generated => "generated",
        /// Taking in a file was begun.
        Imported => "imported",
        /// It was taken out as a file.
        Exported => "exported",
        /// It was revoked.
        Revoked => "revoked",
        /// It was issued.
        Issued => "issued",
        /// It was voided.
        Voided => "voided",
        /// It can be used until another day.
        Extended => "extended",
        /// Its balance was adjusted.
        Adjusted => "adjusted",
        /// It was sent again.
        Resent => "resent",
        /// It was given a new secret.
        Rolled => "rolled",
        /// It goes on.
        Resumed => "resumed",
        /// It was cancelled.
        Cancelled => "cancelled",
        /// It was refunded, or a part of it.
        Refunded => "refunded",
        /// A link was made by which a user chooses another password.
        LinkRenewed => "link_renewed",
        /// A user chose another password.
        PasswordChosen => "password_chosen",
        /// It was ended.
        Ended => "ended",
    }
}

/// What was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// Which; `None` for what a store has one of, and for many at once.
    pub id: Option<i64>,
}

impl Object {
    /// The one with this id.
    pub fn one(kind: Kind, id: i64) -> Self {
        Self { kind, id: Some(id) }
    }

    /// The only one of its kind, or many.
    pub fn all(kind: Kind) -> Self {
        Self { kind, id: None }
    }
}

/// A change to record. Its documents hold no secrets, no codes that are money, and nothing personal of shoppers: what is
/// written here stays for good.
#[derive(Clone, Debug)]
pub struct Change {
    object: Object,
    action: Action,
    before: Option<Value>,
    after: Option<Value>,
}

impl Change {
    /// A change of nothing yet.
    pub fn new(object: Object, action: Action) -> Self {
        Self { object, action, before: None, after: None }
    }

    /// Many that were added or replaced at once: which, but not what of each.
    pub fn upserted(kind: Kind, ids: &[impl Serialize]) -> Self {
        Self::new(Object::all(kind), Action::Upserted).to(json!({"count": ids.len(), "ids": ids}))
    }

    /// One that was deleted: which, but not what was known of it.
    pub fn deleted(kind: Kind, id: i64) -> Self {
        Self::new(Object::one(kind, id), Action::Deleted).from(json!({"id": id}))
    }

    /// What the object was before.
    #[must_use]
    pub fn from(self, before: Value) -> Self {
        Self { before: Some(before), ..self }
    }

    /// What it is after.
    #[must_use]
    pub fn to(self, after: Value) -> Self {
        Self { after: Some(after), ..self }
    }
}

/// A field that a change changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldChange {
    /// Where it stands in the object: a JSON pointer; empty for the object as a whole.
    #[schema(example = "/max_uses")]
    pub field: String,
    /// What it was; left out when there was nothing.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(value_type = Option<Value>, example = 100)]
    pub before: Option<Value>,
    /// What it is; left out when there is nothing any more.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[schema(value_type = Option<Value>, example = 250)]
    pub after: Option<Value>,
}

/// Tells `null`, which is a value, from a field that is left out.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

/// Something that was done, as it was recorded.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Its number in the store, without gaps.
    pub id: i64,
    /// What was changed: the name of a [`Kind`].
    pub object_kind: String,
    /// Which of them.
    pub object_id: Option<i64>,
    /// What was done: the name of an [`Action`].
    pub action: String,
    /// The kind, the id, the name and the e-mail address of who did it.
    pub actor: (String, String, String, Option<String>),
    /// The fields, exactly.
    pub changes: Vec<FieldChange>,
    /// When. Milliseconds since 1970.
    pub at: i64,
    /// The request by which it was done.
    pub request_id: Option<String>,
    /// The hash over this row and all before it.
    pub hash: String,
}

/// Which rows to read; what is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Of objects of this kind.
    pub kind: Option<Kind>,
    /// Of the object with this id.
    pub id: Option<i64>,
    /// By the actor of this kind and id.
    pub actor: Option<(String, String)>,
    /// That did this.
    pub action: Option<Action>,
    /// Done at this instant or later.
    pub from: Option<Timestamp>,
    /// Done before this instant.
    pub to: Option<Timestamp>,
}

/// Records a change, inside the transaction that makes it and as the last thing it does there: from here to its end, other
/// changes of the same store wait. Nothing is recorded of an update that changes nothing.
///
/// Errors: the database's.
pub async fn record(tx: &Transaction, author: &Author, change: Change) -> Result<(), Problem> {
    let Change { object, action, before, after } = change;
    let differences = difference::between(before.as_ref(), after.as_ref());
    if differences.is_empty() && action == Action::Updated {
        return Ok(());
    }
    let changes: Vec<FieldChange> = differences
        .into_iter()
        .map(|it| FieldChange { field: it.field, before: it.before, after: it.after })
        .collect();
    let Author { store, actor, now, request_id } = author;
    // Whoever has the number has the chain, until the transaction ends.
    let id = next_id(tx, *store, SEQUENCE, 1).await?;
    let mut row = ActivityRow {
        store_id: *store,
        id,
        object_kind: object.kind.name().to_owned(),
        object_id: object.id,
        action: action.name().to_owned(),
        actor_kind: actor.kind.name().to_owned(),
        actor_id: actor.id.to_string(),
        actor_name: actor.name.to_string(),
        actor_email: actor.email.as_deref().map(str::to_owned),
        changes: serde_json::to_string(&changes).map_err(Problem::internal)?,
        at: now.as_millisecond(),
        request_id: request_id.clone(),
        previous_hash: store::last_hash(tx, *store).await?.unwrap_or_default(),
        hash: String::new(),
    };
    row.hash = chain::hash(&row);
    store::insert(tx, row.clone()).await?;
    let told = (object.kind, action);
    webhook::service::emit_change(tx, *store, told, after, &row.try_into()?, *now).await
}

/// By what name rows get their numbers.
const SEQUENCE: &str = "activity";

/// What was recorded, the newest first, before the row with the id `before` when given.
///
/// Errors: the database's.
pub async fn list<C: Connection>(
    db: &C,
    store: StoreId,
    wanted: &Wanted,
    before: Option<i64>,
    fetch: u64,
) -> Result<Vec<Recorded>, Problem> {
    let rows = store::list(db, store, wanted, before, fetch).await?;
    rows.into_iter().map(Recorded::try_from).collect()
}

impl TryFrom<ActivityRow> for Recorded {
    type Error = Problem;

    fn try_from(row: ActivityRow) -> Result<Self, Problem> {
        Ok(Self {
            id: row.id,
            object_kind: row.object_kind,
            object_id: row.object_id,
            action: row.action,
            actor: (row.actor_kind, row.actor_id, row.actor_name, row.actor_email),
            changes: serde_json::from_str(&row.changes).map_err(Problem::internal)?,
            at: row.at,
            request_id: row.request_id,
            hash: row.hash,
        })
    }
}
