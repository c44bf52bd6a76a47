//! The events that there are: the one list from which schemas, examples and documentation are made.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::activity::{Action, Kind};

/// Declares [`Event`] with the name and the meaning of each.
macro_rules! events {
    ($($case:ident, $wire:literal, $text:literal;)+) => {
        /// Something that happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        #[schema(as = WebhookEventType)]
        pub enum Event {
            $(#[doc = $text] #[serde(rename = $wire)] $case,)+
        }

        impl Event {
            /// Every event.
            pub const ALL: &[Self] = &[$(Self::$case,)+];

            /// Its name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$case => $wire,)+ }
            }

            /// When it happens.
            pub fn text(self) -> &'static str {
                match self { $(Self::$case => $text,)+ }
            }
        }
    };
}

events! {
    PromotionCreated, "promotion.created", "A promotion was made.";
    PromotionUpdated, "promotion.updated", "Fields of a promotion were changed, but not its status.";
    PromotionActivated, "promotion.activated", "A promotion was activated; it may be scheduled for later.";
    PromotionPaused, "promotion.paused", "A promotion was paused.";
    PromotionArchived, "promotion.archived", "A promotion was archived, or deleted on the BigCommerce surface.";
    CodeCreated, "coupon_code.created", "A coupon code was added.";
    CodeUpdated, "coupon_code.updated", "The limits of a coupon code were changed.";
    CodeDeleted, "coupon_code.deleted", "A coupon code was deleted.";
    CodesGenerated, "coupon_codes.generated", "Making many codes was asked for; `job.done` tells when they are there.";
    CodesImported, "coupon_codes.imported", "A file of codes was taken in; `job.done` tells when they are there.";
    SettingsUpdated, "settings.updated", "Settings of the store were changed.";
    CardIssued, "gift_card.issued", "A gift card was issued, or issuing many was begun.";
    CardAdjusted, "gift_card.adjusted", "The balance of a gift card was adjusted by staff.";
    CardExtended, "gift_card.extended", "A gift card can be used until another day.";
    CardVoided, "gift_card.voided", "A gift card was voided.";
    CreditAdjusted, "store_credit.adjusted", "The store credit of a customer was adjusted by staff.";
    OrderPlaced, "order.placed", "An order was placed.";
    OrderUpdated, "order.updated", "An order is to be sent or was sent, or is paid otherwise.";
    OrderCancelled, "order.cancelled", "An order was cancelled.";
    OrderRefunded, "order.refunded", "An order was refunded, or a part of it.";
    KeyCreated, "api_key.created", "An API key was made.";
    KeyRevoked, "api_key.revoked", "An API key was revoked.";
    JobDone, "job.done", "A job has made everything that it was to make.";
}

impl Event {
    /// The event that a change in the activity log is; `None` for changes that nobody is told of.
    pub fn of(kind: Kind, action: Action) -> Option<Self> {
        Some(match (kind, action) {
            (Kind::Promotion, Action::Created) => Self::PromotionCreated,
            (Kind::Promotion, Action::Updated) => Self::PromotionUpdated,
            (Kind::Promotion, Action::Activated) => Self::PromotionActivated,
            (Kind::Promotion, Action::Paused) => Self::PromotionPaused,
            (Kind::Promotion, Action::Archived) => Self::PromotionArchived,
            (Kind::CouponCode, Action::Created) => Self::CodeCreated,
            (Kind::CouponCode, Action::Updated) => Self::CodeUpdated,
            (Kind::CouponCode, Action::Deleted) => Self::CodeDeleted,
            (Kind::CouponCode, Action::Generated) => Self::CodesGenerated,
            (Kind::CouponCode, Action::Imported) => Self::CodesImported,
            (Kind::Settings, Action::Updated) => Self::SettingsUpdated,
            (Kind::GiftCard, Action::Issued) => Self::CardIssued,
            (Kind::GiftCard, Action::Adjusted) => Self::CardAdjusted,
            (Kind::GiftCard, Action::Extended) => Self::CardExtended,
            (Kind::GiftCard, Action::Voided) => Self::CardVoided,
            (Kind::StoreCredit, Action::Adjusted) => Self::CreditAdjusted,
            (Kind::Order, Action::Updated) => Self::OrderUpdated,
            (Kind::Order, Action::Cancelled) => Self::OrderCancelled,
            (Kind::Order, Action::Refunded) => Self::OrderRefunded,
            (Kind::ApiKey, Action::Created) => Self::KeyCreated,
            (Kind::ApiKey, Action::Revoked) => Self::KeyRevoked,
            _ => return None,
        })
    }

    fn bit(self) -> u64 {
        1 << self as u32
    }
}

/// Which events an endpoint, or any of a store, wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted(u64);

impl Wanted {
    /// All of them, also those that later versions bring.
    pub const ALL: Self = Self(u64::MAX);

    /// These.
    pub fn of(events: &[Event]) -> Self {
        Self(events.iter().fold(0, |bits, event| bits | event.bit()))
    }

    /// Whether this one is wanted.
    pub fn has(self, event: Event) -> bool {
        self.0 & event.bit() != 0
    }

    /// Those of both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Their names, or `*`.
    pub fn names(self) -> Vec<&'static str> {
        match self {
            Self::ALL => vec!["*"],
            _ => Event::ALL.iter().filter(|event| self.has(**event)).map(|event| event.name()).collect(),
        }
    }

    /// Reads names; `None` for one that is no event.
    pub fn parse<'names>(names: impl IntoIterator<Item = &'names str>) -> Option<Self> {
        names.into_iter().try_fold(Self::default(), |all, name| match name {
            "*" => Some(Self::ALL),
            name => {
                let event = Event::ALL.iter().find(|event| event.name() == name)?;
                Some(all.and(Self::of(&[*event])))
            }
        })
    }

    /// What a column keeps. A name that this version does not know is passed over.
    pub(crate) fn read(column: &str) -> Self {
        let names: Vec<String> = serde_json::from_str(column).unwrap_or_default();
        let known = names.iter().filter_map(|name| Self::parse([name.as_str()]));
        known.fold(Self::default(), Self::and)
    }

    /// What a column keeps.
    pub(crate) fn to_column(self) -> String {
        Value::from(self.names()).to_string()
    }
}

/// The JSON Schema of what is sent.
pub fn schema(event: Event) -> Value {
    let data = match event {
        Event::OrderPlaced => {
            let order =
                json!({"type": "object", "description": "The order, as `GET /v1/orders/{id}` tells it."});
            json!({"type": "object", "required": ["order"], "properties": {"order": order}})
        }
        Event::JobDone => {
            let job = json!({
                "type": "object",
                "required": ["id", "kind", "done", "result"],
                "properties": {
                    "id": {"type": "integer"},
                    "kind": {"type": "string"},
                    "done": {"type": "integer", "minimum": 0},
                    "result": {"type": "object"},
                },
            });
            json!({"type": "object", "required": ["job"], "properties": {"job": job}})
        }
        _ => change_schema(),
    };
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": event.name(),
        "description": event.text(),
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": event.name()},
            "timestamp": {"type": "string", "format": "date-time", "description": "When it happened."},
            "data": data,
        },
    })
}

/// The schema of a change of what merchants manage: what it is now, and the row of the activity log.
fn change_schema() -> Value {
    let text = json!({"type": "string"});
    let nullable = json!({"type": ["string", "null"]});
    let actor = json!({
        "type": "object",
        "required": ["kind", "id", "name", "email"],
        "properties": {"kind": text, "id": text, "name": text, "email": nullable},
    });
    let field = json!({
        "type": "object",
        "required": ["field"],
        "properties": {"field": {"type": "string", "format": "json-pointer"}, "before": true, "after": true},
    });
    json!({
        "type": "object",
        "required": ["object_kind", "object_id", "object", "activity_id", "actor", "changes"],
        "properties": {
            "object_kind": text,
            "object_id": {"type": ["integer", "null"]},
            "object": {"type": ["object", "null"], "description": "What it is now; null when it is gone."},
            "activity_id": {"type": "integer", "description": "The row of the activity log."},
            "actor": actor,
            "changes": {"type": "array", "items": field},
        },
    })
}

/// An event as it could be sent, for trying an endpoint out.
pub fn example(event: Event) -> Value {
    match event {
        Event::OrderPlaced => json!({"order": {"id": 1, "status": "created", "reference": "example"}}),
        Event::JobDone => {
            json!({"job": {"id": 1, "kind": "generate_codes", "done": 100, "result": {"generated": 100}}})
        }
        _ => {
            let (kind, _) = event.name().split_once('.').unwrap_or((event.name(), ""));
            let after = json!({"name": "Example"});
            json!({
                "object_kind": kind,
                "object_id": 1,
                "object": after,
                "activity_id": 0,
                "actor": {"kind": "system", "id": "largesse", "name": "Largesse", "email": null},
                "changes": [{"field": "/name", "before": "Sample", "after": "Example"}],
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_events_are_lists_of_names() {
        let some = Wanted::of(&[Event::OrderPlaced, Event::JobDone]);
        assert_eq!(some.to_column(), r#"["order.placed","job.done"]"#);
        assert_eq!(Wanted::read(&some.to_column()), some);
        assert_eq!(Wanted::read(r#"["*"]"#), Wanted::ALL);
        assert_eq!(Wanted::read(r#"["of.later","job.done"]"#), Wanted::of(&[Event::JobDone]));
        assert_eq!(Wanted::parse(["order.placed", "nonsense"]), None);
        assert!(Event::ALL.iter().all(|event| Wanted::ALL.has(*event) && !Wanted::default().has(*event)));
        assert!(Event::ALL.len() < 64);
    }
}
