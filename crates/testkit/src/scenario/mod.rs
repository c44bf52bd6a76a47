//! Scenarios: carts, promotions and what must come of them, as files that a person enjoys writing.
//!
//! ```toml
//! [[case]]
//! name = "only the named brand is discounted"
//! cart = "7 x 2 @ 10.00 [brand=3]; 8 x 1 @ 5.00"
//! promotions = [{ rules = [{ action = { cart_items = {
//!     discount = { percentage_amount = "20" }, items = { brands = [3] } } } }] }]
//! expect = { discount = "4.00", lines = ["4.00", "0.00"] }
//! ```
//!
//! Promotions are the bodies of `POST /v1/promotions`, as TOML or as JSON texts, and have the ids 1, 2, … in
//! the order in which they stand. What they leave out: the name; AUTOMATIC, or COUPON when the promotion has
//! `codes`; a start before everything. `codes` of a promotion are its coupon codes; `current_uses`, `uses_today`,
//! `uses_by_customer` and `spent` say how much it was used; `codes` of the case are those that the shopper entered, and
//! `gift_cards` what is on the cards whose codes were.

mod cart_text;
mod found;
mod gift_cards;
mod promotions;

use std::path::{Path, PathBuf};

use engine::cart::{Cart, Customer, ManualDiscount, Shipping, TaxRounding, TaxTerms};
use engine::money::{Currency, Minor, Rate};
use engine::promotion::{Definition, Discount, Evaluation, Facts, Ruleset, Told, evaluate};
use engine::settings::Settings;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::wire;

pub use found::{Expected, Found};
pub use gift_cards::CardText;
pub use promotions::Written;

/// A Sunday at noon, when a case does not say.
const NOW: &str = "2026-03-01T12:00:00Z";

/// One case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The file it stands in.
    #[serde(skip)]
    pub file: PathBuf,
    /// What it shows.
    pub name: String,
    now: Option<toml::Value>,
    /// Fields of `PATCH /v1/settings` that differ from a new store's in USD and UTC.
    #[serde(default)]
    settings: Map<String, Value>,
    /// The promotions.
    pub promotions: Vec<Written>,
    cart: String,
    channel: Option<u64>,
    customer: Option<CustomerText>,
    shipping: Option<ShippingText>,
    store_credit: Option<String>,
    /// Keys as the engine would give them: promotion, `/`, position of the rule.
    #[serde(default)]
    refused_gifts: Vec<String>,
    /// What the shopper entered, in order.
    #[serde(default)]
    pub codes: Vec<String>,
    /// The gift cards that the shopper entered, in order.
    #[serde(default)]
    pub gift_cards: Vec<CardText>,
    /// Whether the cart is an order that exists already.
    #[serde(default)]
    existing_order: bool,
    /// What staff take off, as the body of `POST /v1/evaluate` has it.
    #[serde(default)]
    manual_discounts: Vec<ManualText>,
    #[serde(default)]
    tax: TaxText,
    /// What must come of it.
    pub expect: Expected,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CustomerText {
    id: Option<u64>,
    group_id: Option<u64>,
    segment_ids: Vec<String>,
    order_count: u64,
    loyalty_tier: Option<String>,
    email: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ShippingText {
    country: Option<String>,
    zone_id: Option<u64>,
    method: Option<String>,
    cost: Option<String>,
    tax_rate: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ManualText {
    line_id: Option<String>,
    percentage_amount: Option<String>,
    fixed_amount: Option<String>,
    #[serde(default)]
    includes_shipping: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TaxText {
    prices_include_tax: bool,
    per_unit: bool,
}

/// All cases of all `.toml` files below a folder, in the order of paths.
///
/// Errors: what is wrong with which file.
pub fn load(folder: &Path) -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            cases.extend(load(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            let text =
                std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let file: File = toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
            cases.extend(file.case.into_iter().map(|case| Case { file: path.clone(), ..case }));
        }
    }
    Ok(cases)
}

impl Case {
    /// The file and the case, as a failing test names it.
    pub fn label(&self) -> String {
        format!("{}: {}", self.file.display(), self.name)
    }

    /// The body of `PATCH /v1/settings`: currency, zone and switches, all of them.
    pub fn settings_body(&self) -> Value {
        let mut body = json!({
            "currency": "USD", "time_zone": "UTC", "number_of_coupons_allowed_at_checkout": 1,
            "promotions_applied_on_original_product_price": true,
            "promotions_apply_on_products_with_custom_product_price": false,
            "promotions_triggered_by_products_with_zero_product_price": false,
            "percentage_rounding": "DISCOUNT", "country_code": null, "maximum_discount_percentage": null,
            "minimum_margin_percentage": null, "gift_cards_buy_gift_cards": false,
        });
        for (name, value) in &self.settings {
            assert!(body.get(name).is_some(), "{}: no setting is called `{name}`", self.label());
            body[name] = value.clone();
        }
        body
    }

    fn settings(&self) -> Settings {
        let body = self.settings_body();
        let on = |name: &str| body[name] == true;
        let rate = |name: &str| body[name].as_str().map(|text| Rate::parse(text).unwrap());
        let currency = Currency::parse(body["currency"].as_str().unwrap()).unwrap();
        Settings {
            coupons_allowed: body["number_of_coupons_allowed_at_checkout"].as_u64().unwrap() as u32,
            applies_to_overridden_price: on("promotions_apply_on_products_with_custom_product_price"),
            triggered_by_zero_price: on("promotions_triggered_by_products_with_zero_product_price"),
            applies_to_original_price: on("promotions_applied_on_original_product_price"),
            rounds_price: body["percentage_rounding"] == "PRICE",
            country: body["country_code"].as_str().map(str::to_owned),
            maximum_discount: rate("maximum_discount_percentage"),
            minimum_margin: rate("minimum_margin_percentage"),
            gift_cards_buy_gift_cards: on("gift_cards_buy_gift_cards"),
            ..Settings::new(currency, TimeZone::get(body["time_zone"].as_str().unwrap()).unwrap())
        }
    }

    /// When the cart is priced.
    pub fn now(&self) -> Timestamp {
        let text = match &self.now {
            None => NOW.to_owned(),
            Some(toml::Value::Datetime(instant)) => instant.to_string(),
            Some(text) => text.as_str().unwrap_or_default().to_owned(),
        };
        text.parse().unwrap_or_else(|error| panic!("{}: `now` is `{text}`: {error}", self.label()))
    }

    /// The bodies of `POST /v1/promotions`, in the order in which to create them.
    pub fn promotion_bodies(&self) -> Vec<Value> {
        self.promotions.iter().map(Written::body).collect()
    }

    fn cart(&self) -> Cart {
        let currency = self.settings().currency;
        let money = |text: &String| {
            Minor::parse(text, currency).unwrap_or_else(|error| panic!("{}: `{text}` {error}", self.label()))
        };
        let rate = |text: &str| {
            Rate::parse(text).unwrap_or_else(|error| panic!("{}: `{text}` {error}", self.label()))
        };
        let lines = cart_text::lines(&self.cart, currency)
            .unwrap_or_else(|error| panic!("{}: {error}", self.label()));
        let customer = |it: &CustomerText| Customer {
            id: it.id,
            group: it.group_id,
            segments: it.segment_ids.clone(),
            order_count: it.order_count,
            loyalty_tier: it.loyalty_tier.clone(),
            email: it.email.clone(),
            phone: None,
        };
        let shipping = |it: &ShippingText| Shipping {
            country: it.country.clone(),
            zone: it.zone_id,
            method: it.method.clone(),
            cost: it.cost.as_ref().map(money),
            tax_rate: it.tax_rate.as_deref().map(rate),
        };
        let rounding = if self.tax.per_unit { TaxRounding::Unit } else { TaxRounding::Line };
        let manual = |it: &ManualText| ManualDiscount {
            discount: match (&it.percentage_amount, &it.fixed_amount) {
                (Some(percentage), None) => Discount::Percentage(rate(percentage)),
                (None, Some(amount)) => Discount::Amount(money(amount)),
                _ => panic!("{}: a manual discount is a percentage or an amount", self.label()),
            },
            line: it.line_id.as_ref().map(|id| lines.iter().position(|line| line.id == *id).expect("a line")),
            includes_shipping: it.includes_shipping,
        };
        Cart {
            channel: self.channel,
            customer: self.customer.as_ref().map(customer),
            shipping: self.shipping.as_ref().map(shipping),
            refused_gifts: self.refused_gifts.clone(),
            store_credit: self.store_credit.as_ref().map_or(Minor::ZERO, money),
            is_existing_order: self.existing_order,
            manual_discounts: self.manual_discounts.iter().map(manual).collect(),
            tax: TaxTerms { prices_include_tax: self.tax.prices_include_tax, rounding },
            ..Cart::new(currency, lines)
        }
    }

    /// The body of `POST /v1/evaluate`; `id_of` gives the id under which the service knows a promotion, and `cards` are the
    /// codes of the gift cards.
    pub fn evaluate_body(&self, id_of: impl Fn(u64) -> u64, cards: &[String]) -> Value {
        let codes: Vec<&str> = self.codes.iter().map(String::as_str).collect();
        let mut cart = self.cart();
        for key in &mut cart.refused_gifts {
            let (promotion, rule) = key.split_once('/').unwrap();
            *key = format!("{}/{rule}", id_of(promotion.parse().unwrap()));
        }
        let mut cart = wire::cart(&cart, &codes);
        if !cards.is_empty() {
            cart["gift_cards"] = json!(cards);
        }
        json!({"cart": cart, "at": self.now().to_string(), "include": ["trace"]})
    }

    /// Whether the case needs uses that were counted before, which no request can set.
    pub fn needs_uses(&self) -> bool {
        self.promotions.iter().any(Written::has_uses)
    }

    /// Prices the cart on the engine, looking at every promotion and looking only at those that the index finds.
    ///
    /// Errors: what came out differently, and what happened.
    pub fn run_on_engine(&self) -> Result<(), String> {
        let bodies = self.promotion_bodies();
        // One was created after the other, as over HTTP.
        let created = |at: usize| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(at as i64);
        let definition = |(at, document)| Definition { id: at as u64 + 1, created: created(at), document };
        let definitions: Vec<Definition<'_>> = bodies.iter().enumerate().map(definition).collect();
        let (ruleset, broken) = Ruleset::compile(self.settings(), &definitions);
        if !broken.is_empty() {
            return Err(format!("{}: the language refuses a promotion: {broken:#?}", self.label()));
        }
        let cart = self.cart();
        let card = |(place, card): (i64, &CardText)| card.fact(place, cart.currency, self.now());
        let facts = Facts {
            gift_cards: (1..).zip(&self.gift_cards).map(card).collect(),
            ..promotions::facts(&self.promotions, &self.codes, cart.currency)
        };
        let evaluation = evaluate(&ruleset, &cart, &facts, self.now(), Told::All);
        let lined_up = ruleset.lined_up(self.now());
        let found = evaluate(&lined_up, &cart, &facts, self.now(), Told::Matching);
        let of_all = Evaluation { outcomes: found.outcomes.clone(), ..evaluation.clone() };
        if found != of_all || !found.outcomes.iter().all(|outcome| evaluation.outcomes.contains(outcome)) {
            return Err(format!("{}: with the index {found:#?}\nwithout {of_all:#?}", self.label()));
        }
        self.check(&Found::of_evaluation(&evaluation, &cart, &self.settings().time_zone))
    }

    /// Compares what was found with what is expected.
    ///
    /// Errors: what differs, and what happened.
    pub fn check(&self, found: &Found) -> Result<(), String> {
        self.expect.compare(found).map_err(|differences| format!("{}\n{differences}\n{found}", self.label()))
    }
}
