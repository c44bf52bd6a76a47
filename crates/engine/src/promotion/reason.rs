//! Why a promotion or a code did not apply: a stable code, what was needed, what was found, and words.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::money::{Currency, Minor};

/// The one decisive reason for which something did not apply.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// What kind of reason.
    pub kind: &'static ReasonKind,
    /// What would have been needed.
    pub needed: Fact,
    /// What was there instead.
    pub found: Fact,
    /// The promotion that won, when this one lost to another.
    pub winner: Option<u64>,
}

/// What a kind of reason declares about itself; the documented list of reasons follows from it.
#[derive(Debug)]
pub struct ReasonKind {
    /// Its stable code.
    pub code: &'static str,
    /// What it means, for documentation.
    pub doc: &'static str,
    /// What the shopper reads.
    pub sentence: fn(&Reason, &Telling<'_>) -> String,
}

/// In which currency and zone a reason is told.
#[derive(Clone, Copy, Debug)]
pub struct Telling<'a> {
    /// The cart's currency.
    pub currency: Currency,
    /// The store's zone.
    pub zone: &'a TimeZone,
}

impl PartialEq for ReasonKind {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

/// Something needed or found.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// Nothing to tell.
    None,
    /// An amount in the cart's currency.
    Money(Minor),
    /// A number of something.
    Count(u64),
    /// An instant.
    Instant(Timestamp),
    /// A currency.
    Currency(Currency),
    /// A text.
    Text(String),
}

impl Fact {
    /// The fact as a text, amounts as decimals; `None` when there is nothing to tell.
    pub fn to_text(&self, currency: Currency) -> Option<String> {
        match self {
            Self::None => None,
            Self::Money(amount) => Some(amount.to_decimal(currency)),
            Self::Count(count) => Some(count.to_string()),
            Self::Instant(instant) => Some(instant.to_string()),
            Self::Currency(currency) => Some(currency.code().to_owned()),
            Self::Text(text) => Some(text.clone()),
        }
    }

    fn money(&self) -> Minor {
        if let Self::Money(amount) = self { *amount } else { Minor::ZERO }
    }

    fn count(&self) -> u64 {
        if let Self::Count(count) = self { *count } else { 0 }
    }
}

impl Reason {
    /// A reason that needs no facts.
    pub fn plain(kind: &'static ReasonKind) -> Self {
        Self::because(kind, Fact::None, Fact::None)
    }

    /// A reason with what was needed and found.
    pub fn because(kind: &'static ReasonKind, needed: Fact, found: Fact) -> Self {
        Self { kind, needed, found, winner: None }
    }

    /// A reason that is another promotion.
    pub fn lost_to(kind: &'static ReasonKind, winner: u64) -> Self {
        Self { kind, needed: Fact::None, found: Fact::None, winner: Some(winner) }
    }

    /// What the shopper reads.
    pub fn message(&self, telling: &Telling<'_>) -> String {
        (self.kind.sentence)(self, telling)
    }

    /// How much money is missing, when money is what was needed.
    pub fn missing_money(&self) -> Minor {
        self.needed.money() - self.found.money()
    }

    /// How many are missing, when a number of something is what was needed.
    pub fn missing_count(&self) -> u64 {
        self.needed.count().saturating_sub(self.found.count())
    }

    /// Whether this lacks less of the same thing, money or units, than another reason does.
    pub(crate) fn is_nearer_than(&self, other: &Self) -> bool {
        let lacks_goods = [MINIMUM_SPEND.code, MINIMUM_QUANTITY.code].contains(&self.kind.code);
        lacks_goods
            && self.kind == other.kind
            && (self.missing_money(), self.missing_count()) < (other.missing_money(), other.missing_count())
    }

    /// What a shopper reads who asked whether a code is valid, rather than what is in their cart.
    pub fn message_of_code(&self, telling: &Telling<'_>) -> String {
        let text = match self.kind.code {
            "unknown_code" => "This code is not known.",
            "draft" => "This code is not valid yet.",
            "paused" => "This code is paused.",
            "archived" | "ended" | "expired" => "This code has expired.",
            "limit_reached" | "channel_limit_reached" | "code_limit_reached" | "budget_exhausted" => {
                "This code has been used up."
            }
            "daily_limit_reached" => "This code has been used up for today.",
            "customer_limit_reached" | "code_customer_limit_reached" => {
                "You have used this code as often as you may."
            }
            "customer_group" | "segment" | "loyalty_tier" => "This code is not for you.",
            "not_started" => match &self.needed {
                Fact::Instant(start) => {
                    let day = start.to_zoned(telling.zone.clone());
                    return format!("This code is valid from {}.", day.strftime("%-d %B %Y"));
                }
                _ => "This code is not valid yet.",
            },
            "minimum_spend" => {
                let missing = self.missing_money().display(telling.currency);
                return format!("Spend {missing} more to use this code.");
            }
            _ => return self.message(telling),
        };
        text.to_owned()
    }

    /// Whether it is about the code or its promotion alone, whoever asks and whatever is in their cart.
    pub fn is_of_standing(&self) -> bool {
        let of_standing = [
            &UNKNOWN_CODE,
            &DRAFT,
            &PAUSED,
            &ARCHIVED,
            &NOT_STARTED,
            &ENDED,
            &EXPIRED,
            &OUTSIDE_SCHEDULE,
            &LIMIT_REACHED,
            &CHANNEL_LIMIT_REACHED,
            &DAILY_LIMIT_REACHED,
            &BUDGET_EXHAUSTED,
            &CODE_LIMIT_REACHED,
        ];
        of_standing.iter().any(|kind| kind.code == self.kind.code)
    }

    fn when(&self, telling: &Telling<'_>) -> String {
        match &self.needed {
            Fact::Instant(instant) => {
                let local = instant.to_zoned(telling.zone.clone());
                format!("on {}", local.strftime("%a %-d %b %Y at %H:%M %Z"))
            }
            _ => "later".to_owned(),
        }
    }
}

/// Every reason there is: the engine's own, then those of conditions.
///
/// ```
/// let codes: Vec<&str> = engine::promotion::reason::all().map(|reason| reason.code).collect();
/// assert!(codes.contains(&"minimum_spend") && codes.contains(&"order_number"));
/// ```
pub fn all() -> impl Iterator<Item = &'static ReasonKind> {
    let of_conditions = super::conditions::kinds().flat_map(|kind| kind.reasons);
    REASONS.iter().chain(of_conditions).copied()
}

/// Declares reasons: name, code, documentation, sentence.
macro_rules! reasons {
    ($($name:ident $code:literal $doc:literal => |$reason:ident, $telling:ident| $sentence:expr;)*) => {
        $(
            #[doc = $doc]
            pub static $name: ReasonKind =
                ReasonKind { code: $code, doc: $doc, sentence: |$reason, $telling| $sentence };
        )*

        /// Every reason that the engine itself gives, in the order in which promotions meet them.
        pub static REASONS: &[&ReasonKind] = &[$(&$name),*];
    };
}

reasons! {
    DRAFT "draft" "The promotion is still a draft." => |_r, _t| "This offer is not active yet.".to_owned();
    PAUSED "paused" "The promotion is paused." => |_r, _t| "This code is paused.".to_owned();
    ARCHIVED "archived" "The promotion is archived." => |_r, _t| "This offer has ended.".to_owned();
    NOT_STARTED "not_started" "Before the start of the promotion or of the code; `needed` is the start." =>
        |r, t| format!("This offer starts {}.", r.when(t));
    ENDED "ended" "After the promotion's end; `needed` is the end." => |_r, _t| "This offer has ended.".to_owned();
    OUTSIDE_SCHEDULE "outside_schedule" "Outside the weekly windows; `needed` is the next opening." =>
        |r, t| format!("This offer is available again {}.", r.when(t));
    CHANNEL "channel" "Not offered in the cart's channel." =>
        |_r, _t| "This offer is not available in this shop.".to_owned();
    CURRENCY "currency" "Meant for another currency; `needed` is that, `found` the cart's." =>
        |r, t| format!("This offer needs {}.", r.needed.to_text(t.currency).unwrap_or_default());
    CUSTOMER_GROUP "customer_group" "The customer's group is not among those meant, or is excluded." =>
        |_r, _t| "This offer is for other customers.".to_owned();
    LOYALTY_TIER "loyalty_tier" "The customer is in none of the loyalty tiers meant; `needed` lists them." =>
        |_r, _t| "This offer is for members of the loyalty programme.".to_owned();
    ORDER_COUNT "order_count" "The customer has completed too few orders." =>
        |r, _t| format!("This offer starts after {} completed orders.", r.needed.count());
    SEGMENT "segment" "The customer is not in the segments meant." =>
        |_r, _t| "This offer is for other customers.".to_owned();
    DESTINATION "destination" "The cart's destination is unknown, not among those meant, or excluded." =>
        |r, _t| match r.found {
            Fact::None => "Choose a shipping address to see whether this offer applies.".to_owned(),
            _ => "This offer is not available for this destination.".to_owned(),
        };
    CODE_REQUIRED "code_required" "A coupon promotion of which no code was entered." =>
        |_r, _t| "Enter the code to use this offer.".to_owned();
    UNKNOWN_CODE "unknown_code" "No such code exists." => |_r, _t| "This code is not valid.".to_owned();
    TOO_MANY_ATTEMPTS "too_many_attempts" "No code was looked at: too many that do not exist were tried." =>
        |_r, _t| "Too many codes were tried. Please wait before you try again.".to_owned();
    EXPIRED "expired" "After the end of the code; `needed` is the end." => |_r, _t| "This code has expired.".to_owned();
    ALREADY_APPLIED "already_applied" "Another code of the same promotion was entered before." =>
        |_r, _t| "This offer is already applied.".to_owned();
    TOO_MANY_CODES "too_many_codes" "More codes than the store allows on one cart; `needed` is how many." =>
        |r, _t| match r.needed.count() {
            1 => "Only one code can be used on an order.".to_owned(),
            most => format!("At most {most} codes can be used on an order."),
        };
    LIMIT_REACHED "limit_reached" "The promotion has been used as often as it may be." =>
        |_r, _t| "This offer has been used up.".to_owned();
    CHANNEL_LIMIT_REACHED "channel_limit_reached" "The promotion has been used as often as it may be in this channel." =>
        |_r, _t| "This offer has been used up.".to_owned();
    DAILY_LIMIT_REACHED "daily_limit_reached" "The promotion has been used as often as it may be today." =>
        |_r, _t| "This offer has been used up for today.".to_owned();
    CUSTOMER_LIMIT_REACHED "customer_limit_reached" "The customer has used the promotion as often as one may." =>
        |r, _t| match r.needed.count() {
            1 => "You have used this offer already.".to_owned(),
            most => format!("You have used this offer {most} times already."),
        };
    BUDGET_EXHAUSTED "budget_exhausted" "What is left of the promotion's budget is too little; `found` is that." =>
        |_r, _t| "This offer has been used up.".to_owned();
    MANUAL_DISCOUNT "manual_discount" "Staff discounted an order that exists already, which replaces automatic \
        promotions." => |_r, _t| "A discount by our staff takes the place of this offer.".to_owned();
    CODE_LIMIT_REACHED "code_limit_reached" "The code has been used as often as it may be." =>
        |_r, _t| "This code has been used up.".to_owned();
    CODE_CUSTOMER_LIMIT_REACHED "code_customer_limit_reached" "The customer has used the code as often as one may." =>
        |_r, _t| "You have used this code already.".to_owned();
    MINIMUM_SPEND "minimum_spend" "The matching goods cost too little." =>
        |r, t| format!("Spend {} more.", r.missing_money().display(t.currency));
    MINIMUM_QUANTITY "minimum_quantity" "Too few matching units." =>
        |r, _t| format!("Add {} more.", super::language::plural(r.missing_count(), "matching item"));
    MAXIMUM_SPEND "maximum_spend" "The matching goods cost too much; `needed` is the most." =>
        |r, t| format!("This offer is for up to {}.", r.needed.money().display(t.currency));
    MAXIMUM_QUANTITY "maximum_quantity" "Too many matching units; `needed` is the most." =>
        |r, _t| format!("This offer is for up to {}.", super::language::plural(r.needed.count(), "matching item"));
    BUNDLE_INCOMPLETE "bundle_incomplete" "Parts of the bundle are missing; `needed` counts units, `found` those there." =>
        |r, _t| format!("Add {} of the bundle.", super::language::plural(r.missing_count(), "more part"));
    EXCLUDED "excluded" "A condition that must not hold does hold." =>
        |_r, _t| "Something in the cart excludes this offer.".to_owned();
    NO_EFFECT "no_effect" "Nothing (left) in the cart to discount." =>
        |_r, _t| "Nothing in the cart is discounted by this offer.".to_owned();
    NO_SHIPPING "no_shipping" "No shipping method is chosen yet." =>
        |_r, _t| "Choose a shipping method to use this offer.".to_owned();
    SHIPPING_ZONE "shipping_zone" "The destination is outside the zones meant." =>
        |_r, _t| "This offer does not cover this destination.".to_owned();
    SHIPPING_METHOD "shipping_method" "Another shipping method is chosen; `needed` lists those meant." =>
        |r, t| format!("Choose {} to use this offer.", r.needed.to_text(t.currency).unwrap_or_default());
    OTHER_SELLERS "other_sellers" "Shipping pays for goods of other sellers too." =>
        |_r, _t| "This offer is for carts with goods of one seller only.".to_owned();
    GIFT_REFUSED "gift_refused" "The shopper refused the gift." => |_r, _t| "The gift was declined.".to_owned();
    STOPPED "stopped" "A promotion before it ends the evaluation; `winner` names it." =>
        |_r, _t| "Another offer ends the list of offers.".to_owned();
    NOT_COMBINABLE "not_combinable" "Cannot be combined with a promotion that applies; `winner` names it." =>
        |_r, _t| "This offer cannot be combined with another offer in the cart.".to_owned();
    OVERRIDDEN "overridden" "A coupon takes the place of other promotions; `winner` names its promotion." =>
        |_r, _t| "A coupon takes the place of this offer.".to_owned();
    BETTER_DEAL "better_deal" "Another promotion of its group saves more; `winner` names it." =>
        |_r, _t| "Another offer saves more.".to_owned();
    PRICE_FLOOR "price_floor" "Guardrails gave back all that it took off." =>
        |_r, _t| "The goods already cost as little as they may.".to_owned();
    OFFERS_LESS "offers_less" "The coupon saves no more than the promotions it would replace." =>
        |_r, _t| "Coupon is not applied as it offers less discount than existing automatic promotions.".to_owned();
}
