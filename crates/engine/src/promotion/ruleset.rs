//! The promotions of a store, ready to be applied.

use std::collections::BTreeMap;
use std::sync::Arc;

use fixedbitset::FixedBitSet;
use jiff::Timestamp;
use serde_json::Value;

use super::evaluate::WAYS_MAX;
use super::index::{Contents, Index, Numbers};
use super::lineup::Lineup;
use super::parse::parse_meaning;
use super::{Limits, Promotion, RedemptionType};
use crate::document::{Context, Invalid};
use crate::money::Currency;
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

/// The promotions of a store in the order in which they are evaluated, with the settings they go by. A clone shares
/// the promotions.
#[derive(Clone, Debug)]
pub struct Ruleset {
    settings: Settings,
    promotions: Vec<Compiled>,
    /// Positions by id, sorted by id.
    by_id: Vec<(u64, u32)>,
    index: Index,
    /// Slots that no promotion is in, below the one that was taken last.
    free: Vec<u32>,
    numbers: Numbers,
    lineup: Option<Lineup>,
}

/// A promotion with its id, in its place.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    pub(crate) id: u64,
    pub(crate) created: Timestamp,
    /// Where the index knows it; it stays the same when its position changes.
    pub(crate) slot: u32,
    /// The currency of the carts that it is for; any when `None`.
    pub(crate) currency: Option<Currency>,
    /// Whether it applies by itself.
    pub(crate) is_automatic: bool,
    /// Whether its gates ask of a cart nothing but the currency.
    pub(crate) is_for_all: bool,
    /// Shared, so that a ruleset with one promotion more costs no second copy of the others.
    pub(crate) promotion: Arc<Promotion>,
}

impl Compiled {
    /// What candidates are asked most is kept beside the promotion, which may be anywhere in memory.
    fn new(id: u64, created: Timestamp, slot: u32, promotion: Arc<Promotion>) -> Self {
        let is_automatic = promotion.redemption_type == RedemptionType::Automatic;
        let is_for_all = promotion.targeting.is_for_all() && promotion.limits == Limits::default();
        Self { id, created, slot, currency: promotion.currency, is_automatic, is_for_all, promotion }
    }

    /// What decides about the order of evaluation.
    fn rank(&self) -> (i64, Timestamp, u64) {
        (self.promotion.priority, self.created, self.id)
    }
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
            match read(definition, &settings) {
                Ok(promotion) => promotions.push((definition.id, definition.created, promotion)),
                Err(problems) => broken.push(Broken { id: definition.id, problems }),
            }
        }
        (Self::of(settings, promotions.into_iter()), broken)
    }

    fn of(settings: Settings, promotions: impl Iterator<Item = (u64, Timestamp, Arc<Promotion>)>) -> Self {
        let compiled = |((id, created, promotion), slot)| Compiled::new(id, created, slot, promotion);
        let mut promotions: Vec<Compiled> = promotions.zip(0..).map(compiled).collect();
        promotions.sort_by_key(Compiled::rank);
        let index = Index::of(&promotions);
        Self::in_order(settings, promotions, index)
    }

    fn in_order(settings: Settings, promotions: Vec<Compiled>, index: Index) -> Self {
        let positions = promotions.iter().map(|compiled| compiled.id).zip(0..);
        let mut by_id: Vec<(u64, u32)> = positions.collect();
        by_id.sort_unstable();
        let numbers = Numbers::of(&promotions);
        Self { settings, promotions, by_id, index, free: Vec::new(), numbers, lineup: None }
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
        let promotion = read(definition, &self.settings)?;
        Ok(self.changed(definition.id, Some((definition.created, promotion))))
    }

    /// The same without one promotion, if there was one with this id.
    ///
    /// ```
    /// use engine::{money::Currency, promotion::Ruleset, settings::Settings};
    /// let (empty, _) = Ruleset::compile(Settings::new(Currency::parse("EUR").unwrap(), jiff::tz::TimeZone::UTC), &[]);
    /// assert!(empty.without(7).is_empty());
    /// ```
    pub fn without(&self, id: u64) -> Self {
        self.changed(id, None)
    }

    /// The same with a promotion in the place of the one that had its id, or without any.
    fn changed(&self, id: u64, after: Option<(Timestamp, Arc<Promotion>)>) -> Self {
        let mut promotions = self.promotions.clone();
        let mut free = self.free.clone();
        let before = self.position(id).map(|position| promotions.remove(position));
        let slot = before.as_ref().map(|before| before.slot).or_else(|| free.pop());
        let slot = slot.unwrap_or_else(|| u32::try_from(self.promotions.len()).unwrap_or(u32::MAX));
        let old = before.as_ref().map(|before| &*before.promotion);
        let new = after.as_ref().map(|(_, promotion)| &**promotion);
        let index = self.index.with(slot, old, new);
        let mut lineup = self.lineup.clone();
        lineup.iter_mut().for_each(|lineup| lineup.set(slot, new, &self.settings));
        match after {
            Some((created, promotion)) => {
                let added = Compiled::new(id, created, slot, promotion);
                let place = promotions.partition_point(|other| other.rank() < added.rank());
                promotions.insert(place, added);
            }
            None => free.push(slot),
        }
        Self { free, lineup, ..Self::in_order(self.settings.clone(), promotions, index) }
    }

    /// The same, with it worked out which promotions are on at `now`, and until when that stays so: carts that are
    /// priced within that span need not look at windows and schedules. It changes no answer.
    ///
    /// ```
    /// use engine::{money::Currency, promotion::{Definition, Ruleset}, settings::Settings};
    /// let settings = Settings::new(Currency::parse("EUR").unwrap(), jiff::tz::TimeZone::UTC);
    /// let document = serde_json::json!({
    ///     "name": "10 % off in March", "redemption_type": "AUTOMATIC",
    ///     "start_date": "2026-03-01T00:00:00Z", "end_date": "2026-04-01T00:00:00Z",
    ///     "rules": [{"action": {"cart_value": {"discount": {"percentage_amount": "10"}}}}],
    /// });
    /// let definition = Definition { id: 7, created: jiff::Timestamp::UNIX_EPOCH, document: &document };
    /// let (ruleset, _) = Ruleset::compile(settings, &[definition]);
    /// let ruleset = ruleset.lined_up("2026-03-10T12:00:00Z".parse().unwrap());
    /// assert!(ruleset.is_lined_up_for("2026-03-31T23:59:59Z".parse().unwrap()));
    /// assert!(!ruleset.is_lined_up_for("2026-04-01T00:00:00Z".parse().unwrap()));
    /// ```
    #[must_use]
    pub fn lined_up(self, now: Timestamp) -> Self {
        let lineup = Some(Lineup::of(&self.promotions, &self.settings, now));
        Self { lineup, ..self }
    }

    /// Whether it is worked out which promotions are on at `now`.
    pub fn is_lined_up_for(&self, now: Timestamp) -> bool {
        self.lineup_at(now).is_some()
    }

    /// The promotions that are on at `now`, when it is worked out.
    pub(crate) fn lineup_at(&self, now: Timestamp) -> Option<&Lineup> {
        self.lineup.as_ref().filter(|lineup| lineup.holds_at(now))
    }

    /// The same with only the promotions whose id is wanted.
    pub fn only(&self, is_wanted: impl Fn(u64) -> bool) -> Self {
        let wanted = self.promotions.iter().filter(|compiled| is_wanted(compiled.id));
        let parts = wanted.map(|it| (it.id, it.created, Arc::clone(&it.promotion)));
        Self::of(self.settings.clone(), parts)
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
        self.at(self.position(id)?).map(|compiled| &*compiled.promotion)
    }

    /// Every promotion with its id, in the order of evaluation.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &Promotion)> {
        self.promotions.iter().map(|compiled| (compiled.id, &*compiled.promotion))
    }

    pub(crate) fn at(&self, position: usize) -> Option<&Compiled> {
        self.promotions.get(position)
    }

    pub(crate) fn position(&self, id: u64) -> Option<usize> {
        let at = self.by_id.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        self.by_id.get(at).map(|(_, position)| *position as usize)
    }

    /// Marks the rules that a cart can concern, by their numbers.
    pub(crate) fn mark(&self, contents: &Contents, marked: &mut FixedBitSet) {
        self.index.mark(contents, &self.numbers, marked);
    }

    /// The numbers of rules.
    pub(crate) fn numbers(&self) -> &Numbers {
        &self.numbers
    }

    /// Positions of the promotions that share a group of which only the best applies.
    pub(crate) fn grouped(&self) -> impl Iterator<Item = usize> {
        self.numbers.grouped()
    }
}

/// Reads the document of a definition.
fn read(definition: &Definition<'_>, settings: &Settings) -> Result<Arc<Promotion>, Vec<Invalid>> {
    let context = Context { default_currency: settings.currency, now: definition.created };
    parse_meaning(definition.document, &context).map(Arc::new)
}
