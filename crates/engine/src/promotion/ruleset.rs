//! The promotions of a store, ready to be applied.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::evaluate::WAYS_MAX;
use super::parse::parse;
use super::{Promotion, RedemptionType};
use crate::document::{Context, Invalid};
use crate::settings::Settings;

/// A stored promotion, before it is compiled.
#[derive(Clone, Debug)]
pub struct Definition<'a> {
    /// Its id, unique in its store.
    pub id: u64,
    /// When it was created; decides between equal priorities.
    pub created: Timestamp,
    /// Its document.
    pub document: &'a Value,
}

/// A promotion that could not be compiled and is left out, and why.
#[derive(Clone, Debug)]
pub struct Broken {
    /// Its id.
    pub id: u64,
    /// What is wrong with its document.
    pub problems: Vec<Invalid>,
}

/// The promotions of a store in the order in which they are evaluated, with the settings they go by.
#[derive(Debug)]
pub struct Ruleset {
    settings: Settings,
    promotions: Vec<Compiled>,
    positions: BTreeMap<u64, usize>,
}

/// A promotion with its id, in its place.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    pub(crate) id: u64,
    pub(crate) created: Timestamp,
    /// Shared, so that a ruleset with one promotion more costs no second copy of the others.
    pub(crate) promotion: Arc<Promotion>,
}

impl Ruleset {
    /// Compiles definitions. A broken one is left out and named, so that it costs a store that one promotion and
    /// no other.
    ///
    /// The order of evaluation is priority, then creation, then id: it never depends on the order given.
    ///
    /// ```
    /// use engine::{money::Currency, promotion::{Definition, Ruleset}, settings::Settings};
    /// let settings = Settings::new(Currency::parse("EUR").unwrap(), jiff::tz::TimeZone::UTC);
    /// let document = serde_json::json!({"name": "Nothing", "redemption_type": "AUTOMATIC", "rules": []});
    /// let definition = Definition { id: 7, created: jiff::Timestamp::UNIX_EPOCH, document: &document };
    /// let (ruleset, broken) = Ruleset::compile(settings, &[definition]);
    /// assert_eq!((ruleset.len(), broken[0].id), (0, 7));
    /// ```
    pub fn compile(settings: Settings, definitions: &[Definition<'_>]) -> (Self, Vec<Broken>) {
        let mut promotions = Vec::with_capacity(definitions.len());
        let mut broken = Vec::new();
        for definition in definitions {
            let context = Context { default_currency: settings.currency, now: definition.created };
            match parse(definition.document, &context) {
                Ok(parsed) => promotions.push(Compiled {
                    id: definition.id,
                    created: definition.created,
                    promotion: Arc::new(parsed.promotion),
                }),
                Err(problems) => broken.push(Broken { id: definition.id, problems }),
            }
        }
        (Self::of(settings, promotions), broken)
    }

    fn of(settings: Settings, mut promotions: Vec<Compiled>) -> Self {
        promotions.sort_by_key(|compiled| (compiled.promotion.priority, compiled.created, compiled.id));
        let positions = promotions.iter().enumerate().map(|(at, compiled)| (compiled.id, at)).collect();
        Self { settings, promotions, positions }
    }

    /// The same with one promotion more, which takes the place of one with its id.
    ///
    /// Errors: what is wrong with its document.
    ///
    /// ```
    /// use engine::{money::Currency, promotion::{Definition, Ruleset}, settings::Settings};
    /// let settings = Settings::new(Currency::parse("EUR").unwrap(), jiff::tz::TimeZone::UTC);
    /// let (empty, _) = Ruleset::compile(settings, &[]);
    /// let document = serde_json::json!({
    ///     "name": "10 % off", "redemption_type": "AUTOMATIC",
    ///     "rules": [{"action": {"cart_value": {"discount": {"percentage_amount": "10"}}}}],
    /// });
    /// let definition = Definition { id: 7, created: jiff::Timestamp::UNIX_EPOCH, document: &document };
    /// assert_eq!(empty.with(&definition).unwrap().len(), 1);
    /// assert!(empty.is_empty());
    /// ```
    pub fn with(&self, definition: &Definition<'_>) -> Result<Self, Vec<Invalid>> {
        let context = Context { default_currency: self.settings.currency, now: definition.created };
        let promotion = Arc::new(parse(definition.document, &context)?.promotion);
        let (id, created) = (definition.id, definition.created);
        let others = self.promotions.iter().filter(|other| other.id != id).cloned();
        let promotions = others.chain([Compiled { id, created, promotion }]).collect();
        Ok(Self::of(self.settings.clone(), promotions))
    }

    /// The same without one promotion, if there was one with this id.
    ///
    /// ```
    /// use engine::{money::Currency, promotion::Ruleset, settings::Settings};
    /// let (empty, _) = Ruleset::compile(Settings::new(Currency::parse("EUR").unwrap(), jiff::tz::TimeZone::UTC), &[]);
    /// assert!(empty.without(7).is_empty());
    /// ```
    pub fn without(&self, id: u64) -> Self {
        self.only(|other| other != id)
    }

    /// The same with only the promotions whose id is wanted.
    pub fn only(&self, is_wanted: impl Fn(u64) -> bool) -> Self {
        let wanted = self.promotions.iter().filter(|compiled| is_wanted(compiled.id)).cloned();
        Self::of(self.settings.clone(), wanted.collect())
    }

    /// How much work an evaluation is, at most: rules that are applied, in every pass that may be made.
    pub(crate) fn weight(&self) -> u64 {
        let promotions = || self.promotions.iter().map(|compiled| &compiled.promotion);
        let rules: usize = promotions().map(|promotion| promotion.rules.len()).sum();
        let last_only = promotions().filter(|promotion| promotion.rewards_last_only);
        let rounds = last_only.map(|promotion| promotion.rules.len()).max().unwrap_or(1);
        let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
        for group in promotions().filter_map(|promotion| promotion.best_deal_group.as_deref()) {
            *groups.entry(group).or_default() += 1;
        }
        let ways = groups.values().fold(1, |ways: usize, members| ways.saturating_mul(members + 1));
        (rules * rounds).saturating_mul(ways.min(WAYS_MAX)).max(1) as u64
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How many promotions there are.
    pub fn len(&self) -> usize {
        self.promotions.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.promotions.is_empty()
    }

    /// The promotion with this id.
    pub fn get(&self, id: u64) -> Option<&Promotion> {
        self.at(*self.positions.get(&id)?).map(|compiled| &*compiled.promotion)
    }

    /// Every promotion with its id, in the order of evaluation.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &Promotion)> {
        self.promotions.iter().map(|compiled| (compiled.id, &*compiled.promotion))
    }

    pub(crate) fn at(&self, position: usize) -> Option<&Compiled> {
        self.promotions.get(position)
    }

    pub(crate) fn position(&self, id: u64) -> Option<usize> {
        self.positions.get(&id).copied()
    }

    pub(crate) fn automatic(&self) -> impl Iterator<Item = usize> {
        let promotions = self.promotions.iter().enumerate();
        promotions
            .filter(|(_, it)| it.promotion.redemption_type == RedemptionType::Automatic)
            .map(|(at, _)| at)
    }
}
