//! What a plan does to test carts: each is priced by the rules of before and of after, in this process.

use std::collections::BTreeMap;

use engine::cart::{Cart, Customer};
use engine::coupon::{CodeBook, CodeWindow};
use engine::money::{Currency, Minor};
use engine::promotion::{
    CodeFact, Definition, EnteredCode, Evaluation, Facts, Outcome, Ruleset, Told, evaluate,
};
use engine::settings::Settings;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::folder::{CartFile, Code, Trouble, troubles};
use super::plan::{CodeChange, Plan};
use crate::evaluation::rest::{NoCatalog, complete};
use crate::platform::ids::ID_MAX;

/// What a plan does to one cart.
#[derive(Debug)]
pub(super) struct Effect {
    /// The cart's name: that of its file.
    pub(super) name: String,
    /// The currency of the amounts.
    pub(super) currency: Currency,
    /// What it costs before, with shipping and tax.
    pub(super) before: Minor,
    /// What it costs after.
    pub(super) after: Minor,
    /// Promotions that give more or less than before: name, discount before, discount after.
    pub(super) promotions: Vec<(String, Minor, Minor)>,
}

/// The rules of a store, with the codes that are known.
#[derive(Debug)]
pub(super) struct Rules {
    ruleset: Ruleset,
    codes: CodeBook<KnownCode>,
}

/// The promotion of a code, and when the code can be used.
type KnownCode = (u64, CodeWindow);

/// A promotion as it is compiled: id, creation, document.
type Part = (u64, Timestamp, Map<String, Value>);

/// The rules before and after a plan. `holder` tells whose a code is that no shared code is.
///
/// Errors: those of `holder`.
pub(super) fn rules(
    plan: &Plan,
    settings: &Settings,
    carts: &[CartFile],
    now: Timestamp,
    holder: impl Fn(&str) -> anyhow::Result<Option<u64>>,
) -> anyhow::Result<(Rules, Rules)> {
    let (mut before, mut after) = (Vec::<Part>::new(), Vec::<Part>::new());
    let (mut codes, mut new_codes) = (CodeBook::default(), CodeBook::default());
    // A text that cannot be a code unlocks nothing.
    let know = |book: &mut CodeBook<KnownCode>, code: &Code, id: u64| {
        let window = CodeWindow { start: code.starts_at, end: code.ends_at };
        let _ = book.insert(&code.code, (id, window));
    };
    let stays = plan.missing.iter().filter(|_| !plan.prunes);
    for stored in plan.same.iter().chain(stays) {
        after.push((stored.id, stored.created, stored.document.clone()));
        stored.codes.iter().for_each(|it| know(&mut new_codes, &it.code, stored.id));
    }
    for stored in plan.same.iter().chain(&plan.missing) {
        before.push((stored.id, stored.created, stored.document.clone()));
        stored.codes.iter().for_each(|it| know(&mut codes, &it.code, stored.id));
    }
    for change in &plan.changed {
        let (id, created) = (change.stored.id, change.stored.created);
        before.push((id, created, change.before.clone()));
        after.push((id, created, change.after.clone()));
        for it in &change.stored.codes {
            know(&mut codes, &it.code, id);
            let goes = |change: &CodeChange| matches!(change, CodeChange::Missing(gone) if gone.id == it.id);
            if !(plan.prunes && change.codes.iter().any(goes)) {
                know(&mut new_codes, &it.code, id);
            }
        }
        for change in &change.codes {
            if let CodeChange::New(code) | CodeChange::Changed(_, code) = change {
                know(&mut new_codes, code, id);
            }
        }
    }
    for (new, id) in plan.new.iter().zip(new_ids()) {
        after.push((id, now, new.document.clone()));
        new.codes.iter().for_each(|code| know(&mut new_codes, code, id));
    }
    // Codes that were made in bulk are only in the store.
    for code in carts.iter().flat_map(|cart| &cart.request.cart.codes) {
        if codes.find(code).is_none()
            && let Some(id) = holder(code)?
        {
            let known = (id, CodeWindow::default());
            let _ = (codes.insert(code, known), new_codes.insert(code, known));
        }
    }
    let before = Rules { ruleset: compiled(settings, before), codes };
    Ok((before, Rules { ruleset: compiled(settings, after), codes: new_codes }))
}

/// Ids of promotions that have none yet: the last that there are.
pub(super) fn new_ids() -> impl Iterator<Item = u64> {
    const NEW_MAX: u64 = 1_000_000;
    ID_MAX.unsigned_abs() - NEW_MAX..
}

/// Promotions that this version cannot read are left out, as by a server of this version.
fn compiled(settings: &Settings, parts: Vec<Part>) -> Ruleset {
    let documents: Vec<(u64, Timestamp, Value)> =
        parts.into_iter().map(|(id, created, document)| (id, created, Value::Object(document))).collect();
    let definitions: Vec<Definition<'_>> = documents
        .iter()
        .map(|(id, created, document)| Definition { id: *id, created: *created, document })
        .collect();
    Ruleset::compile(settings.clone(), &definitions).0
}

/// A test cart as it is priced, and as of when.
///
/// Errors: everything that is wrong with it; also what is not looked at here, so that nothing is passed over.
pub(super) fn cart(file: &CartFile, now: Timestamp) -> Result<(Cart, Timestamp), Vec<Trouble>> {
    let trouble = |pointer: &str, message: &str| {
        let (file, pointer) = (file.file.clone(), pointer.to_owned());
        vec![Trouble { file, pointer, message: message.to_owned() }]
    };
    let request = file.request.clone();
    if !request.cart.gift_cards.is_empty() {
        return Err(trouble("/cart/gift_cards", "are not looked at in a test cart; leave them out"));
    }
    let at = match request.at.as_deref().map(str::parse) {
        None => now,
        Some(Ok(at)) => at,
        Some(Err(_)) => return Err(trouble("/at", "must be an instant such as \"2026-11-27T18:05:00Z\"")),
    };
    let cart = complete(request.cart, &NoCatalog, Customer::default());
    Ok((cart.map_err(|problem| troubles(&file.file, &problem))?, at))
}

/// What a plan does to a cart.
pub(super) fn effect(
    file: &CartFile,
    (cart, at): &(Cart, Timestamp),
    (before, after): (&Rules, &Rules),
) -> Effect {
    let texts = &file.request.cart.codes;
    let (was, is) = (before.price(cart, texts, *at), after.price(cart, texts, *at));
    let mut given: BTreeMap<u64, (Minor, Minor)> = BTreeMap::new();
    for (id, discount) in discounts(&was) {
        given.entry(id).or_default().0 = discount;
    }
    for (id, discount) in discounts(&is) {
        given.entry(id).or_default().1 = discount;
    }
    let name = |id: u64| {
        let promotion = after.ruleset.get(id).or_else(|| before.ruleset.get(id));
        promotion.map_or_else(|| id.to_string(), |promotion| promotion.name.clone())
    };
    let changed = given.into_iter().filter(|(_, (was, is))| was != is);
    let stem = file.file.rsplit('/').next().unwrap_or_default();
    Effect {
        name: stem.trim_end_matches(".json").to_owned(),
        currency: cart.currency,
        before: was.totals.total,
        after: is.totals.total,
        promotions: changed.map(|(id, (was, is))| (name(id), was, is)).collect(),
    }
}

impl Rules {
    fn price(&self, cart: &Cart, texts: &[String], at: Timestamp) -> Evaluation {
        let fact = |text: &String| match self.codes.find(text) {
            Some((promotion, window)) => {
                let (promotion, window) = (*promotion, *window);
                CodeFact::Known { promotion, inactive: None, used_up: None, window }
            }
            None => CodeFact::Unknown,
        };
        let codes = texts.iter().map(|text| EnteredCode { text: text.clone(), fact: fact(text) }).collect();
        evaluate(&self.ruleset, cart, &Facts { codes, ..Facts::default() }, at, Told::Matching)
    }
}

fn discounts(evaluation: &Evaluation) -> impl Iterator<Item = (u64, Minor)> {
    evaluation.outcomes.iter().filter_map(|outcome| match &outcome.outcome {
        Outcome::Applied { discount, .. } => Some((outcome.promotion, *discount)),
        Outcome::NotApplied(_) => None,
    })
}
