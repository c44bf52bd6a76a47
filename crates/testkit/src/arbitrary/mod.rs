//! Random stores, promotions and carts for properties, small enough that rules meet lines often.

mod carts;
mod extras;
mod narrow;
mod promotions;

use std::collections::BTreeMap;
use std::fmt;

use engine::cart::Cart;
use engine::coupon::CodeWindow;
use engine::document::Context;
use engine::gift_card::{CardFact, CardRefusal, KnownCard};
use engine::money::{Currency, Minor, Rate};
use engine::promotion::{
    self, CodeFact, Definition, EnteredCode, Evaluation, Facts, Inactive, Ruleset, Told, UsedUp, Uses,
};
use engine::settings::Settings;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use serde_json::{Value, json};

use crate::oracle::{self, Answer, Offer};
use crate::wire;

pub use carts::{cart, line};
pub use narrow::{
    buy_some_get_some, crowded_best_deals, crowded_denials, independent_promotions, one_best_deal,
    one_item_rule_and_other_goods, one_percentage, one_rule_and_a_line_to_split,
};
pub use promotions::{item_rule, promotion};

/// The id of a promotion that no ruleset has.
const ELSEWHERE: u64 = 99;

/// Everything that one evaluation needs. Its `Debug` is JSON that can be sent to the service as it is.
#[derive(Clone)]
pub struct Situation {
    /// The store's switches.
    pub settings: Settings,
    /// When the cart is priced.
    pub now: Timestamp,
    /// Ids, creation and documents of the promotions.
    pub promotions: Vec<(u64, Timestamp, Value)>,
    /// The cart.
    pub cart: Cart,
    /// Codes and uses.
    pub facts: Facts,
}

impl Situation {
    /// Its promotions, compiled.
    pub fn ruleset(&self) -> Ruleset {
        let definition =
            |(id, created, document): &'_ (u64, Timestamp, Value)| (*id, *created, document.clone());
        let owned: Vec<_> = self.promotions.iter().map(definition).collect();
        let definitions: Vec<Definition<'_>> = owned
            .iter()
            .map(|(id, created, document)| Definition { id: *id, created: *created, document })
            .collect();
        let (ruleset, broken) = Ruleset::compile(self.settings.clone(), &definitions);
        assert!(broken.is_empty(), "{broken:?}");
        ruleset
    }

    /// What the engine says.
    pub fn on_engine(&self) -> Evaluation {
        self.on_engine_telling(Told::All)
    }

    /// What the engine says when it tells no more than is asked for.
    pub fn on_engine_telling(&self, told: Told<'_>) -> Evaluation {
        self.by(&self.ruleset(), told)
    }

    /// What the engine says by another ruleset.
    pub fn by(&self, ruleset: &Ruleset, told: Told<'_>) -> Evaluation {
        promotion::evaluate(ruleset, &self.cart, &self.facts, self.now, told)
    }

    /// Whether a code of this promotion was entered.
    pub fn enters_code_of(&self, id: u64) -> bool {
        let is_of =
            |code: &EnteredCode| matches!(code.fact, CodeFact::Known { promotion, .. } if promotion == id);
        self.facts.codes.iter().any(is_of)
    }

    /// Whether the language accepts every promotion.
    pub fn is_accepted(&self) -> bool {
        let promotions = &self.promotions;
        promotions
            .iter()
            .all(|(_, created, document)| normal_form(document, self.settings.currency, *created).is_some())
    }

    /// The same with every promotion's document as it is stored.
    pub fn in_normal_form(&self) -> Self {
        let normal = |(id, created, document): &(u64, Timestamp, Value)| {
            (*id, *created, normal_form(document, self.settings.currency, *created).unwrap())
        };
        Self { promotions: self.promotions.iter().map(normal).collect(), ..self.clone() }
    }

    /// What the naive evaluator says.
    pub fn on_oracle(&self) -> Answer {
        let offer = |(id, created, document): &(u64, Timestamp, Value)| {
            let document = normal_form(document, self.settings.currency, *created).unwrap();
            Offer { id: *id, created: *created, document }
        };
        let offers: Vec<Offer> = self.promotions.iter().map(offer).collect();
        oracle::evaluate(&self.settings, &offers, &self.cart, &self.facts, self.now)
    }
}

/// So many random cases, the same in every run; or as many new ones as the environment asks for with
/// `PROPTEST_CASES`. A case that fails is printed whole, so that it becomes a scenario or a test of its own instead
/// of a seed in a file.
pub fn cases(usual: u32) -> Config {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    let rng_seed = if asked.is_some() { RngSeed::Random } else { RngSeed::Fixed(20_260_301) };
    Config { cases: asked.unwrap_or(usual), failure_persistence: None, rng_seed, ..Config::default() }
}

fn normal_form(document: &Value, default_currency: Currency, now: Timestamp) -> Option<Value> {
    promotion::parse(document, &Context { default_currency, now }).ok().map(|parsed| parsed.document)
}

impl fmt::Debug for Situation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = json!({
            "currency": self.settings.currency.code(),
            "time_zone": self.settings.time_zone.iana_name(),
            "number_of_coupons_allowed_at_checkout": self.settings.coupons_allowed,
            "promotions_applied_on_original_product_price": self.settings.applies_to_original_price,
            "promotions_apply_on_products_with_custom_product_price": self.settings.applies_to_overridden_price,
            "promotions_triggered_by_products_with_zero_product_price": self.settings.triggered_by_zero_price,
            "percentage_rounding": if self.settings.rounds_price { "PRICE" } else { "DISCOUNT" },
            "country_code": self.settings.country,
            "maximum_discount_percentage": self.settings.maximum_discount.map(Rate::to_percent),
            "minimum_margin_percentage": self.settings.minimum_margin.map(Rate::to_percent),
            "gift_cards_buy_gift_cards": self.settings.gift_cards_buy_gift_cards,
        });
        writeln!(formatter, "settings {settings}")?;
        for (id, created, document) in &self.promotions {
            writeln!(formatter, "promotion {id} created {created} {document}")?;
        }
        let codes: Vec<&str> = self.facts.codes.iter().map(|code| code.text.as_str()).collect();
        let body = json!({"cart": wire::cart(&self.cart, &codes), "at": self.now.to_string()});
        writeln!(formatter, "evaluate {body}")?;
        write!(formatter, "codes {:?} uses {:?}", self.facts.codes, self.facts.uses)
    }
}

/// Settings of a store.
pub fn settings(currency: Currency) -> impl Strategy<Value = Settings> {
    let zones = ["UTC", "UTC", "UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"];
    let zone = prop::sample::select(zones.to_vec());
    let rate = |text: &str| Rate::parse(text).unwrap();
    let rates = move || weighted(0.08, prop::sample::select(vec!["12.5", "50", "80"]).prop_map(rate));
    let country = weighted(0.7, Just("US".to_owned()));
    let others = (prop::bool::weighted(0.2), country, rates(), rates());
    let switches = (any::<bool>(), any::<bool>(), any::<bool>(), prop::bool::weighted(0.3));
    (zone, 1..4_u32, switches, others).prop_map(
        move |(
            zone,
            allowed,
            (overridden, zero, original, cards),
            (rounds_price, country, maximum, margin),
        )| {
            Settings {
                rounds_price,
                country,
                maximum_discount: maximum,
                minimum_margin: margin,
                coupons_allowed: allowed,
                applies_to_overridden_price: overridden,
                triggered_by_zero_price: zero,
                applies_to_original_price: original,
                gift_cards_buy_gift_cards: cards,
                ..Settings::new(currency, TimeZone::get(zone).unwrap())
            }
        },
    )
}

/// Instants within weeks in which clocks change, and a plain noon.
fn now() -> impl Strategy<Value = Timestamp> {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let weeks =
        ["2026-03-06T00:00:00Z", "2026-03-27T00:00:00Z", "2026-10-02T00:00:00Z", "2026-10-23T00:00:00Z"];
    let near = (prop::sample::select(weeks.to_vec()), 0..4 * 24 * 12_i64)
        .prop_map(move |(week, steps)| at(week) + jiff::SignedDuration::from_mins(5 * steps));
    prop_oneof![3 => Just(at("2026-03-01T12:00:00Z")), 1 => near]
}

/// A code to enter: which coupon promotion it belongs to, and whether something is wrong with it.
fn entered() -> impl Strategy<Value = (usize, u8)> {
    (0..6_usize, 0..40_u8)
}

fn enter(index: usize, (choice, fault): (usize, u8), coupons: &[u64], now: Timestamp) -> EnteredCode {
    let promotion = if coupons.is_empty() { ELSEWHERE } else { coupons[choice % coupons.len()] };
    let always = CodeWindow::default();
    let known = |inactive, used_up, window| CodeFact::Known { promotion, inactive, used_up, window };
    let at = |minutes: i64| Some(now + jiff::SignedDuration::from_mins(minutes));
    let fact = match fault {
        0 => CodeFact::Unknown,
        1 => known(Some(Inactive::Paused), None, always),
        2 => CodeFact::known(ELSEWHERE),
        3 | 4 => known(None, Some(UsedUp::ByAll), always),
        5 => known(None, Some(UsedUp::ByAll), CodeWindow { start: at(1), end: None }),
        6 => known(None, None, CodeWindow { start: at(0), end: at(1) }),
        7 => known(None, None, CodeWindow { start: None, end: at(0) }),
        8 => CodeFact::Untried,
        _ => CodeFact::known(promotion),
    };
    EnteredCode { text: format!("CODE-{index}"), fact }
}

/// Everything at once: a store, one to five promotions, a cart and codes.
pub fn situation() -> BoxedStrategy<Situation> {
    let of = |code| situation_in(Currency::parse(code).unwrap());
    prop_oneof![8 => of("USD"), 1 => of("JPY"), 1 => of("KWD")].boxed()
}

/// In a store of this currency. Boxed: a test's stack would not hold the strategies of all fields.
fn situation_in(currency: Currency) -> BoxedStrategy<Situation> {
    let promotions = prop::collection::vec((promotion(currency), 0..3_i64), 1..6).boxed();
    let codes = prop::collection::vec(entered(), 0..5);
    let uses = prop::collection::btree_map(1..6_u64, uses(), 0..4);
    let cards = prop_oneof![3 => Just(Vec::new()), 1 => prop::collection::vec(gift_card(currency), 1..4)];
    let parts = (settings(currency), now(), promotions, cart(currency).boxed(), (codes, cards), uses);
    parts.prop_map(assemble).boxed()
}

fn uses() -> impl Strategy<Value = Uses> {
    let counts = (0..4_u64, 0..4_u64, 0..4_u64, 0..3_u64, 0..1500_i64);
    counts.prop_map(|(total, in_channel, today, by_customer, spent)| Uses {
        total,
        in_channel,
        today,
        by_customer,
        spent: Minor::new(spent),
    })
}

/// A gift card on the cart, most often one that can pay.
fn gift_card(currency: Currency) -> impl Strategy<Value = CardFact> {
    let expires = prop::option::of(0..3_i64);
    (1..4_i64, 0..4000_i64, expires, 0..8_u8).prop_map(move |(account, available, expires, luck)| {
        let foreign = Currency::parse("KWD").unwrap();
        let known = KnownCard {
            account,
            available: Minor::new(available),
            currency: if luck == 0 { foreign } else { currency },
            expires: expires.map(|second| Timestamp::from_second(second).unwrap()),
        };
        let known = if luck == 1 { Err(CardRefusal::NotUsable) } else { Ok(known) };
        CardFact { last_four: format!("000{account}"), known }
    })
}

type Entered = (Vec<(usize, u8)>, Vec<CardFact>);
type Parts = (Settings, Timestamp, Vec<(Value, i64)>, Cart, Entered, BTreeMap<u64, Uses>);

/// Promotions that the language refuses are left out: there is nothing to compare.
fn assemble((settings, now, documents, cart, (codes, gift_cards), uses): Parts) -> Situation {
    let created = |seconds| Timestamp::from_second(seconds).unwrap();
    let promotions: Vec<(u64, Timestamp, Value)> = (1..)
        .zip(documents)
        .filter(|(_, (document, seconds))| {
            normal_form(document, settings.currency, created(*seconds)).is_some()
        })
        .map(|(id, (document, seconds))| (id, created(seconds), document))
        .collect();
    let is_coupon = |(_, _, document): &&(u64, Timestamp, Value)| document["redemption_type"] == "COUPON";
    let coupons: Vec<u64> = promotions.iter().filter(is_coupon).map(|(id, _, _)| *id).collect();
    let codes =
        codes.into_iter().enumerate().map(|(index, code)| enter(index, code, &coupons, now)).collect();
    Situation { settings, now, promotions, cart, facts: Facts { uses, codes, gift_cards } }
}

/// So many minor units as documents write them.
fn money(currency: Currency, minor: i64) -> Value {
    json!(Minor::new(minor).to_decimal(currency))
}
