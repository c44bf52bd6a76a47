//! Promotions and carts to measure with: the same bytes on every machine, so that anyone can feed them to another
//! engine.

pub mod bare;
pub mod dice;
pub mod plain;
pub mod reference;
pub mod shapes;
pub mod shop;
pub mod translate;

use engine::cart;
use engine::promotion::{self, Definition, Evaluation, Facts, Ruleset, Told};
use engine::settings::Settings;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::oracle::Offer;

/// Promotions and the carts to apply them to.
#[derive(Clone, Debug)]
pub struct Workload {
    /// The promotions.
    pub promotions: Vec<plain::Promotion>,
    /// The carts.
    pub carts: Vec<plain::Cart>,
}

impl Workload {
    /// The documents of its promotions.
    pub fn documents(&self) -> Vec<Value> {
        self.promotions.iter().map(translate::document).collect()
    }

    /// Its carts as the engine has them.
    pub fn engine_carts(&self) -> Vec<cart::Cart> {
        self.carts.iter().map(translate::cart).collect()
    }

    /// Its promotions, compiled.
    pub fn ruleset(&self) -> Ruleset {
        compile(&self.documents())
    }

    /// Its promotions as the naive evaluator reads them.
    pub fn offers(&self) -> Vec<Offer> {
        let context = engine::document::Context { default_currency: translate::currency(), now: CREATED };
        let normal = |document: &Value| promotion::parse(document, &context).unwrap().document;
        let offer = |(id, document)| Offer { id, created: CREATED, document: normal(document) };
        (1..).zip(&self.documents()).map(offer).collect()
    }
}

/// When all promotions were created.
pub const CREATED: Timestamp = Timestamp::UNIX_EPOCH;

/// When all carts are priced.
pub fn now() -> Timestamp {
    CREATED + jiff::SignedDuration::from_hours(24)
}

/// The settings of a new store.
pub fn settings() -> Settings {
    Settings::new(translate::currency(), TimeZone::UTC)
}

/// The definition of a promotion.
pub fn definition(id: u64, document: &Value) -> Definition<'_> {
    Definition { id, created: CREATED, document }
}

/// Documents with ids from 1, compiled and ready for carts of [`now`].
pub fn compile(documents: &[Value]) -> Ruleset {
    let definitions: Vec<_> = (1..).zip(documents).map(|(id, document)| definition(id, document)).collect();
    let (ruleset, broken) = Ruleset::compile(settings(), &definitions);
    assert!(broken.is_empty(), "{broken:?}");
    ruleset.lined_up(now())
}

/// What the engine says, told of the promotions that matter for the cart.
pub fn evaluate(ruleset: &Ruleset, cart: &cart::Cart, facts: &Facts) -> Evaluation {
    promotion::evaluate(ruleset, cart, facts, now(), Told::Matching)
}
