//! Everything that an evaluation is a function of: by its hash evaluations are named, from it they are repeated.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::cart::{Cart, Customer};
use engine::coupon::CodeWindow;
use engine::gift_card::{CardFact, CardRefusal, KnownCard};
use engine::money::{Currency, Minor};
use engine::promotion::{CodeFact, EnteredCode, Facts, Inactive, UsedUp, Uses};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::cart::{CartIn, LineIn, complete};
use super::completed::{NoCatalog, WireCart, WireLine, line, wire_form};
use super::wanted::{Unasked, Wanted};
use super::{Include, LINE_LENGTH, answer, written};
use crate::evaluation::service::{Offer, Priced, price_by};
use crate::platform::http::Problem;
use crate::ruleset::{StoreRules, sha256};

/// Hexadecimal digits of an evaluation's name: 128 bits, which no two evaluations of a store share by chance.
const ID_LENGTH: usize = 32;

/// The rules by name, the completed cart, the facts and the instant of an evaluation, and what was asked of it.
///
/// A field that is added later is left out while it has its default, so that evaluations keep their names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The hash of the rules.
    #[serde(rename = "ruleset")]
    _ruleset: String,
    pub(super) at: Timestamp,
    cart: CartIn,
    /// What was known of the codes of the cart, in their order.
    codes: Vec<CodeRecord>,
    /// What was known of the gift cards of the cart, in their order: not their codes.
    #[serde(default)]
    gift_cards: Vec<CardRecord>,
    /// Promotions that were used at all.
    uses: BTreeMap<u64, UsesRecord>,
    include: Vec<Include>,
    /// What could be added to the cart.
    #[serde(default)]
    offers: Vec<OfferRecord>,
    #[serde(default)]
    trace_of: Vec<u64>,
    #[serde(default)]
    unasked: Unasked,
    /// How the merchant wrote the codes of the cart, where they were entered otherwise.
    #[serde(default)]
    written_codes: Vec<Option<String>>,
    /// The name of the evaluation.
    #[serde(skip)]
    id: String,
}

/// The same as it is written: what [`Input`] reads, without a copy of it.
#[derive(Serialize)]
struct InputOut<'a> {
    ruleset: &'a str,
    at: Timestamp,
    cart: WireCart<'a>,
    codes: Vec<CodeRecord>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gift_cards: Vec<CardRecord>,
    uses: BTreeMap<u64, UsesRecord>,
    include: &'a [Include],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    offers: Vec<OfferOut<'a>>,
    #[serde(skip_serializing_if = "<[u64]>::is_empty")]
    trace_of: &'a [u64],
    #[serde(skip_serializing_if = "Unasked::is_first")]
    unasked: Unasked,
    #[serde(skip_serializing_if = "are_as_entered")]
    written_codes: &'a [Option<String>],
}

fn are_as_entered(written: &&[Option<String>]) -> bool {
    written.iter().all(Option::is_none)
}

/// See [`Offer`].
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfferRecord {
    line: LineIn,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    variant_name: Option<String>,
}

/// See [`Offer`].
#[derive(Serialize)]
struct OfferOut<'a> {
    line: WireLine<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant_name: Option<&'a str>,
}

/// See [`CodeFact`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum CodeRecord {
    Unknown,
    Untried,
    Known {
        promotion: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        inactive: Option<InactiveRecord>,
        is_used_up: bool,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_used_up_by_customer: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        starts_at: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ends_at: Option<Timestamp>,
    },
}

/// See [`CardFact`]; `available` in minor units.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CardRecord {
    last_four: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    known: Option<KnownCardRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

/// See [`KnownCard`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownCardRecord {
    account: i64,
    available: i64,
    currency: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<Timestamp>,
}

/// See [`Inactive`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum InactiveRecord {
    Draft,
    Paused,
    Archived,
    Ended(Timestamp),
}

/// See [`Uses`]; `spent` in minor units.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UsesRecord {
    total: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    in_channel: u64,
    today: u64,
    by_customer: u64,
    spent: i64,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// An evaluation that was made again.
#[derive(Debug)]
pub struct Replayed {
    /// The completed cart.
    pub cart: Cart,
    /// The cart, priced.
    pub priced: Priced,
    /// The answer, byte for byte.
    pub answer: String,
}

/// What `priced` is a function of: the text by which it is named and as which it is kept.
pub(super) fn text(cart: &Cart, wanted: &Wanted, priced: &Priced) -> Result<String, Problem> {
    let Facts { uses, codes, gift_cards } = &priced.facts;
    let used = uses.iter().filter(|(_, uses)| **uses != Uses::default());
    let input = InputOut {
        ruleset: &priced.rules.hash,
        at: priced.at,
        cart: wire_form(cart, &wanted.codes),
        codes: codes.iter().map(CodeRecord::of).collect(),
        gift_cards: gift_cards.iter().map(CardRecord::of).collect(),
        uses: used.map(|(promotion, uses)| (*promotion, UsesRecord::of(uses))).collect(),
        include: &wanted.include,
        offers: priced.offers.iter().map(|offer| OfferOut::of(offer, cart.currency)).collect(),
        trace_of: &wanted.trace_of,
        unasked: wanted.unasked,
        written_codes: &priced.written_codes,
    };
    written(&input, 512 + cart.lines.len() * LINE_LENGTH)
}

/// The name of the evaluation with this input: the first half of its SHA-256, in hexadecimal.
pub(super) fn id_of(text: &str) -> String {
    let mut id = sha256(text.as_bytes());
    id.truncate(ID_LENGTH);
    id
}

impl Input {
    /// The input that was kept as this text.
    pub fn read(text: &str) -> Result<Self, Problem> {
        let input: Self = serde_json::from_str(text).map_err(Problem::internal)?;
        Ok(Self { id: id_of(text), ..input })
    }

    /// Evaluates it again, by the rules that it names.
    ///
    /// Errors: none but of an input that was tampered with.
    pub fn replay(mut self, rules: StoreRules) -> Result<Replayed, Problem> {
        let wanted = Wanted {
            cart_id: None,
            order_id: None,
            codes: std::mem::take(&mut self.cart.codes),
            codes_tried: usize::MAX,
            gift_cards: Vec::new(),
            include: self.include.clone(),
            trace_of: self.trace_of.clone(),
            unasked: self.unasked,
        };
        let cart = self.completed()?;
        let priced = price_by(Arc::new(rules), &cart, self.facts_of(&wanted.codes), self.at, wanted.told());
        let priced = Priced { written_codes: self.written_codes.clone(), ..priced };
        let priced = match wanted.includes(Include::Nudges) {
            true => priced.with_nudges(&cart, self.offers(&cart)?),
            false => priced,
        };
        let answer = answer::show(&cart, &wanted, &priced, &self.id);
        let answer = written(&answer, cart.lines.len() * LINE_LENGTH)?;
        Ok(Replayed { cart, priced, answer })
    }

    /// The cart.
    pub(super) fn completed(&self) -> Result<Cart, Problem> {
        complete(self.cart.clone(), &NoCatalog, Customer::default())
    }

    /// What could be added to the cart.
    fn offers(&self, cart: &Cart) -> Result<Vec<Offer>, Problem> {
        let lines = self.offers.iter().map(|offer| offer.line.clone()).collect();
        let shelf = CartIn::of(cart.currency, lines);
        let lines = complete(shelf, &NoCatalog, Customer::default())?.lines;
        let named = self.offers.iter().map(|offer| (offer.name.clone(), offer.variant_name.clone()));
        let offer = |(line, (name, variant_name))| Offer { line, name, variant_name };
        Ok(lines.into_iter().zip(named).map(offer).collect())
    }

    /// Codes and uses.
    pub(super) fn facts(&self) -> Facts {
        self.facts_of(&self.cart.codes)
    }

    fn facts_of(&self, texts: &[String]) -> Facts {
        let codes = texts.iter().zip(&self.codes);
        Facts {
            uses: self.uses.iter().map(|(promotion, uses)| (*promotion, uses.uses())).collect(),
            codes: codes.map(|(text, code)| EnteredCode { text: text.clone(), fact: code.fact() }).collect(),
            gift_cards: self.gift_cards.iter().map(CardRecord::fact).collect(),
        }
    }
}

impl<'a> OfferOut<'a> {
    fn of(offer: &'a Offer, currency: Currency) -> Self {
        let Offer { line: of, name, variant_name } = offer;
        Self { line: line(of, currency), name: name.as_deref(), variant_name: variant_name.as_deref() }
    }
}

impl CardRecord {
    fn of(card: &CardFact) -> Self {
        let known = card.known.ok().map(|known| KnownCardRecord {
            account: known.account,
            available: known.available.get(),
            currency: known.currency.code().to_owned(),
            expires: known.expires,
        });
        let refused = card.known.err().map(|refusal| refusal.code().to_owned());
        Self { last_four: card.last_four.clone(), known, refused }
    }

    fn fact(&self) -> CardFact {
        let refused = |code: &String| CardRefusal::ALL.into_iter().find(|refusal| refusal.code() == code);
        let refusal = self.refused.as_ref().and_then(refused).unwrap_or(CardRefusal::NotUsable);
        let known = self.known.as_ref().and_then(|known| {
            let currency = Currency::parse(&known.currency)?;
            let KnownCardRecord { account, available, expires, .. } = *known;
            Some(KnownCard { account, available: Minor::new(available), currency, expires })
        });
        CardFact { last_four: self.last_four.clone(), known: known.ok_or(refusal) }
    }
}

impl CodeRecord {
    fn of(code: &EnteredCode) -> Self {
        match code.fact {
            CodeFact::Unknown => Self::Unknown,
            CodeFact::Untried => Self::Untried,
            CodeFact::Known { promotion, inactive, used_up, window } => {
                let inactive = inactive.map(|inactive| match inactive {
                    Inactive::Draft => InactiveRecord::Draft,
                    Inactive::Paused => InactiveRecord::Paused,
                    Inactive::Archived => InactiveRecord::Archived,
                    Inactive::Ended(at) => InactiveRecord::Ended(at),
                });
                let is_used_up = used_up == Some(UsedUp::ByAll);
                let is_used_up_by_customer = used_up == Some(UsedUp::ByCustomer);
                let CodeWindow { start: starts_at, end: ends_at } = window;
                Self::Known { promotion, inactive, is_used_up, is_used_up_by_customer, starts_at, ends_at }
            }
        }
    }

    fn fact(&self) -> CodeFact {
        match self {
            Self::Unknown => CodeFact::Unknown,
            Self::Untried => CodeFact::Untried,
            Self::Known { promotion, inactive, is_used_up, is_used_up_by_customer, starts_at, ends_at } => {
                let inactive = inactive.as_ref().map(|inactive| match inactive {
                    InactiveRecord::Draft => Inactive::Draft,
                    InactiveRecord::Paused => Inactive::Paused,
                    InactiveRecord::Archived => Inactive::Archived,
                    InactiveRecord::Ended(at) => Inactive::Ended(*at),
                });
                let used_up = match (is_used_up, is_used_up_by_customer) {
                    (true, _) => Some(UsedUp::ByAll),
                    (false, true) => Some(UsedUp::ByCustomer),
                    (false, false) => None,
                };
                let window = CodeWindow { start: *starts_at, end: *ends_at };
                CodeFact::Known { promotion: *promotion, inactive, used_up, window }
            }
        }
    }
}

impl UsesRecord {
    fn of(uses: &Uses) -> Self {
        let Uses { total, in_channel, today, by_customer, spent } = *uses;
        Self { total, in_channel, today, by_customer, spent: spent.get() }
    }

    fn uses(&self) -> Uses {
        let Self { total, in_channel, today, by_customer, spent } = *self;
        Uses { total, in_channel, today, by_customer, spent: Minor::new(spent) }
    }
}
