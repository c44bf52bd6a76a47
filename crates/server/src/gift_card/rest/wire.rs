//! Gift cards as they go over the wire.

use engine::ledger::Funding;
use engine::money::Currency;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::gift_card::service::{Card, CardKind, NewCard, Status};
use crate::ledger::service::Told;
use crate::mail::service::{Delivery, DeliveryState};

/// Whether a card is shipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = GiftCardKind)]
pub(super) enum KindOut {
    /// Only a code.
    Virtual,
    /// A card that is shipped.
    Physical,
}

/// How the money on a card came to be owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = GiftCardFunding)]
pub(super) enum FundingOut {
    /// Someone paid for it.
    Sold,
    /// The store gave it away.
    Promotional,
}

/// What a card can be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = GiftCardStatus)]
pub(super) enum StatusOut {
    /// It has money and can be used.
    Active,
    /// Nothing is left on it.
    Redeemed,
    /// It expired with something left.
    Expired,
    /// It was voided.
    Voided,
}

/// Where the mail that delivers a card stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DeliveryStatus)]
pub(super) enum DeliveryStatusOut {
    /// It waits for its time.
    Scheduled,
    /// It waits for a server, or for the next attempt.
    Waiting,
    /// A server has taken it.
    Sent,
    /// It was given up.
    Failed,
}

/// The mail that delivers a card.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GiftCardDelivery)]
pub(super) struct DeliveryOut {
    /// Where it stands.
    status: DeliveryStatusOut,
    /// Why it was not sent, or not yet; `null` when there is nothing to say.
    detail: Option<String>,
    /// When it is to be sent.
    deliver_at: String,
    /// When a server took it; `null` until then.
    delivered_at: Option<String>,
}

/// A gift card.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GiftCard)]
pub(super) struct CardOut {
    /// Its id.
    id: i64,
    /// The code, only in the answer to its creation: it is never shown again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "7Q4M-2XK9-PTWD-0GHR-5")]
    code: Option<String>,
    /// The last four symbols of the code, by which people tell their cards apart.
    #[schema(example = "GHR5")]
    last_four: String,
    /// What it was issued with, in `currency`.
    #[schema(example = "50.00")]
    initial: String,
    /// What is left on it, in `currency`.
    #[schema(example = "20.00")]
    remaining: String,
    /// The part of `remaining` that is held for orders under way, in `currency`.
    #[schema(example = "0.00")]
    held: String,
    /// Its one currency: ISO 4217.
    #[schema(example = "USD")]
    currency: String,
    /// Whether it is shipped.
    kind: KindOut,
    /// Whether it can be used.
    status: StatusOut,
    /// Whether it was sold or given away.
    funding: FundingOut,
    /// Whether a PIN must be typed beside the code.
    has_pin: bool,
    /// To whom it was issued; `null` while it is unassigned.
    recipient_email: Option<String>,
    /// How the recipient is called.
    recipient_name: Option<String>,
    /// Who gives it.
    sender_name: Option<String>,
    /// What the giver says.
    message: Option<String>,
    /// The newest mail that delivers it; `null` when there is none.
    delivery: Option<DeliveryOut>,
    /// From when on it cannot be used; `null` for never.
    expires_at: Option<String>,
    /// When it was voided; `null` when it was not.
    voided_at: Option<String>,
    /// What staff want to remember.
    note: Option<String>,
    /// The job that made it with others; `null` for a single card.
    batch_id: Option<i64>,
    /// When it was issued.
    created_at: String,
}

/// A gift card to issue.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewGiftCard)]
pub(super) struct NewCardIn {
    /// What is on it, above zero, in its currency.
    #[schema(example = "50.00")]
    amount: String,
    /// Its one currency: ISO 4217; the store's unless told.
    currency: Option<String>,
    /// Whether it is shipped; `virtual` unless told.
    kind: Option<KindOut>,
    /// Whether it was sold or is given away; `sold` unless told.
    funding: Option<FundingOut>,
    /// What must be typed beside the code: 4 to 12 digits.
    pin: Option<String>,
    /// To whom it is sent by mail; without one it is unassigned.
    #[schema(example = "a@example.com")]
    recipient_email: Option<String>,
    /// How the recipient is called.
    recipient_name: Option<String>,
    /// Who gives it.
    sender_name: Option<String>,
    /// What the giver says, up to 2,000 characters.
    message: Option<String>,
    /// When it is sent; at once unless told.
    deliver_at: Option<String>,
    /// From when on it cannot be used; never unless told.
    expires_at: Option<String>,
    /// What staff want to remember.
    note: Option<String>,
}

/// What all cards of a batch have.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GiftCardTemplate)]
pub(super) struct TemplateIn {
    /// What is on each, above zero, in its currency.
    #[schema(example = "25.00")]
    amount: String,
    /// Their currency: ISO 4217; the store's unless told.
    currency: Option<String>,
    /// Whether they are shipped; `virtual` unless told.
    kind: Option<KindOut>,
    /// Whether they were sold or are given away; `sold` unless told.
    funding: Option<FundingOut>,
    /// From when on they cannot be used; never unless told.
    expires_at: Option<String>,
    /// What staff want to remember.
    note: Option<String>,
}

/// A transaction of a gift card or of store credit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LedgerTransaction)]
pub(super) struct TransactionOut {
    /// Its id.
    id: i64,
    /// What was done: `issue`, `load`, `redeem`, `refund`, `void`, `expire` or `adjust`.
    #[schema(example = "redeem")]
    kind: String,
    /// What it added; with a minus, what it took.
    #[schema(example = "-30.00")]
    amount: String,
    /// The balance after it.
    #[schema(example = "20.00")]
    balance_after: String,
    /// The order that it was for.
    order_id: Option<String>,
    /// Why staff did it.
    reason: Option<String>,
    /// Who did it.
    actor: String,
    /// When.
    created_at: String,
}

/// What an order took from a gift card.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GiftCardRedemption)]
pub(super) struct RedemptionOut {
    /// Its id.
    id: i64,
    /// The card.
    gift_card_id: i64,
    /// The order.
    order_id: Option<String>,
    /// What the order took.
    #[schema(example = "30.00")]
    amount: String,
    /// What was left on the card.
    #[schema(example = "20.00")]
    balance_after: String,
    /// When.
    created_at: String,
}

impl From<NewCardIn> for NewCard {
    fn from(new: NewCardIn) -> Self {
        Self {
            amount: new.amount,
            currency: new.currency,
            kind: new.kind.unwrap_or(KindOut::Virtual).into(),
            is_promotional: new.funding == Some(FundingOut::Promotional),
            pin: new.pin,
            recipient_email: new.recipient_email,
            recipient_name: new.recipient_name,
            sender_name: new.sender_name,
            message: new.message,
            deliver_at: new.deliver_at,
            expires_at: new.expires_at,
            note: new.note,
        }
    }
}

impl From<TemplateIn> for NewCard {
    fn from(template: TemplateIn) -> Self {
        let TemplateIn { amount, currency, kind, funding, expires_at, note } = template;
        NewCardIn {
            amount,
            currency,
            kind,
            funding,
            pin: None,
            recipient_email: None,
            recipient_name: None,
            sender_name: None,
            message: None,
            deliver_at: None,
            expires_at,
            note,
        }
        .into()
    }
}

impl From<KindOut> for CardKind {
    fn from(kind: KindOut) -> Self {
        match kind {
            KindOut::Virtual => Self::Virtual,
            KindOut::Physical => Self::Physical,
        }
    }
}

impl From<CardKind> for KindOut {
    fn from(kind: CardKind) -> Self {
        match kind {
            CardKind::Virtual => Self::Virtual,
            CardKind::Physical => Self::Physical,
        }
    }
}

impl From<Status> for StatusOut {
    fn from(status: Status) -> Self {
        match status {
            Status::Active => Self::Active,
            Status::Redeemed => Self::Redeemed,
            Status::Expired => Self::Expired,
            Status::Voided => Self::Voided,
        }
    }
}

impl From<StatusOut> for Status {
    fn from(status: StatusOut) -> Self {
        match status {
            StatusOut::Active => Self::Active,
            StatusOut::Redeemed => Self::Redeemed,
            StatusOut::Expired => Self::Expired,
            StatusOut::Voided => Self::Voided,
        }
    }
}

impl CardOut {
    /// A card as it is at `now`; `has_mail` is whether there is a server to send mail by.
    pub(super) fn new(card: Card, now: Timestamp, has_mail: bool) -> Self {
        let (currency, account) = (card.currency(), &card.state.account);
        let text = |text: Option<&str>| text.map(str::to_owned);
        Self {
            id: card.id(),
            code: None,
            last_four: card.last_four().to_owned(),
            initial: card.initial().to_decimal(currency),
            remaining: account.balance.to_decimal(currency),
            held: account.held.to_decimal(currency),
            currency: currency.code().to_owned(),
            kind: card.kind().into(),
            status: card.status(now).into(),
            funding: match card.funding() {
                Funding::Sold => FundingOut::Sold,
                Funding::Promotional => FundingOut::Promotional,
            },
            has_pin: card.has_pin(),
            recipient_email: text(card.recipient_email()),
            recipient_name: text(card.recipient_name()),
            sender_name: text(card.sender_name()),
            message: text(card.message()),
            expires_at: account.expires.map(|at| at.to_string()),
            voided_at: card.state.voided.map(|at| at.to_string()),
            note: text(card.note()),
            batch_id: card.batch(),
            created_at: card.created().to_string(),
            delivery: card.delivery.map(|delivery| DeliveryOut::new(delivery, now, has_mail)),
        }
    }

    /// The same with its code, which is told this once.
    pub(super) fn with_code(self, code: String) -> Self {
        Self { code: Some(code), ..self }
    }
}

impl DeliveryOut {
    fn new(delivery: Delivery, now: Timestamp, has_mail: bool) -> Self {
        let status = match delivery.state {
            DeliveryState::Waiting if delivery.send_at > now => DeliveryStatusOut::Scheduled,
            DeliveryState::Waiting => DeliveryStatusOut::Waiting,
            DeliveryState::Sent => DeliveryStatusOut::Sent,
            DeliveryState::Failed => DeliveryStatusOut::Failed,
        };
        let lacks_server = delivery.state == DeliveryState::Waiting && !has_mail;
        let no_server = lacks_server.then(|| "no SMTP server is configured".to_owned());
        Self {
            status,
            detail: delivery.error.or(no_server),
            deliver_at: delivery.send_at.to_string(),
            delivered_at: delivery.sent.map(|at| at.to_string()),
        }
    }
}

impl TransactionOut {
    /// A transaction in its account's currency.
    pub(super) fn new(told: Told, currency: Currency) -> Self {
        Self {
            id: told.id,
            kind: told.kind,
            amount: told.amount.to_decimal(currency),
            balance_after: told.balance_after.to_decimal(currency),
            order_id: told.order_id,
            reason: told.reason,
            actor: told.actor,
            created_at: told.created.to_string(),
        }
    }
}

impl RedemptionOut {
    pub(super) fn new(told: Told, currency: Currency) -> Self {
        Self {
            id: told.id,
            gift_card_id: told.account,
            order_id: told.order_id,
            amount: (engine::money::Minor::ZERO - told.amount).to_decimal(currency),
            balance_after: told.balance_after.to_decimal(currency),
            created_at: told.created.to_string(),
        }
    }
}
