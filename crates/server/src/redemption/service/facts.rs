//! What evaluation must know of uses, read only when it matters.
//!
//! A cart is first priced as if nothing had been used. Then only the counters of what it would claim are read, and of
//! the codes that are refused; where too little is left, it is priced again with that. So carts that no limit concerns
//! never ask the database, and those that one concerns ask once.

use std::collections::BTreeMap;

use engine::cart::Cart;
use engine::money::Minor;
use engine::promotion::{CodeFact, Facts, Ruleset, UsedUp};
use engine::redemption::{Claim, CodeLimits, Contact, Counter, Setting, Short, Take, claims, identities};
use jiff::Timestamp;

use super::book::Part;
use super::change::Wanted;
use super::record::Record;
use super::reservation::Holding;
use crate::evaluation::service::Priced;
use crate::platform::db::Connection;
use crate::platform::http::Problem;
use crate::platform::ids::StoreId;
use crate::redemption::Desk;
use crate::redemption::store;
use crate::ruleset::sha256;

/// Hexadecimal digits by which a personal identity is known: 128 bits.
const IDENTITY_LENGTH: usize = 32;

/// What is a cart's own, so that it does not stand in its way.
#[derive(Clone, Copy, Debug, Default)]
pub struct Own<'a> {
    /// The storefront's name for the cart, by which it holds.
    pub cart: Option<&'a str>,
    /// The placed order that the cart changes.
    pub order: Option<i64>,
}

/// What an order has of every counter.
async fn order_parts<C: Connection>(db: &C, store: StoreId, order: i64) -> Result<Vec<Part>, Problem> {
    let rows = store::redemptions_of_order(db, store, order).await?;
    let records: Vec<Record> = rows.iter().map(Record::of).collect::<Result<_, Problem>>()?;
    super::reservation::parts(&records)
}

/// Where, when and by whom a cart claims.
pub fn setting(cart: &Cart, ruleset: &Ruleset, at: Timestamp) -> Setting {
    let contact = cart.customer.as_ref().map_or(Contact::default(), |customer| Contact {
        id: customer.id,
        email: customer.email.as_deref(),
        phone: customer.phone.as_deref(),
    });
    // Addresses and numbers are personal: counters know them by their hashes.
    let hashed = |identity: String| match identity.starts_with("id:") {
        true => identity,
        false => {
            let mut hash = sha256(identity.as_bytes());
            hash.truncate(IDENTITY_LENGTH);
            hash
        }
    };
    Setting {
        currency: cart.currency,
        channel: cart.channel.unwrap_or(0),
        day: at.to_zoned(ruleset.settings().time_zone.clone()).date(),
        identities: identities(&contact).into_iter().map(hashed).collect(),
    }
}

/// What a priced cart claims, with the limits that it must keep.
pub fn wanted(desk: &Desk, cart: &Cart, priced: &Priced) -> Vec<Wanted> {
    let setting = setting(cart, &priced.rules.ruleset, priced.at);
    claims(&priced.evaluation).filter_map(|claim| wanted_of(desk, &claim, priced, &setting)).collect()
}

fn wanted_of(desk: &Desk, claim: &Claim, priced: &Priced, setting: &Setting) -> Option<Wanted> {
    let limits = &priced.rules.ruleset.get(claim.promotion)?.limits;
    let code = claim.code.and_then(|at| priced.code_limits.get(at).copied().flatten());
    Some(Wanted::of(desk, claim, limits, code, setting))
}

/// What of everything limited that the cart wants others have used, when that is too much; nothing when all of it fits.
pub async fn shortages<C: Connection>(
    db: &C,
    store: StoreId,
    desk: &Desk,
    cart: &Cart,
    own: Own<'_>,
    priced: &Priced,
) -> Result<Vec<Short>, Problem> {
    let setting = setting(cart, &priced.rules.ruleset, priced.at);
    let claimed = claims(&priced.evaluation);
    let refused = refused_codes(priced);
    let wanted = claimed.chain(refused).filter_map(|claim| wanted_of(desk, &claim, priced, &setting));
    let parts: Vec<Part> = wanted
        .filter(Wanted::is_limited)
        .flat_map(|wanted| wanted.parts)
        .filter(|part| part.take.most.is_some())
        .collect();
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let counters: Vec<Counter> = parts.iter().map(|part| part.take.counter.clone()).collect();
    let used = used(db, store, &counters, own, priced.at).await?;
    let short: Vec<Short> = parts
        .into_iter()
        .map(|part| Short {
            used: used.get(&part.take.counter.to_string()).copied().unwrap_or(0),
            most: part.take.most.unwrap_or(i64::MAX),
            counter: part.take.counter,
        })
        .filter(|short| !is_known(short, &priced.facts))
        .collect();
    // A use is one; of money what is left may be given.
    let is_short = |short: &Short| match short.counter {
        Counter::Spent { promotion, .. } => {
            let spent = claims(&priced.evaluation).find(|claim| claim.promotion == promotion);
            short.used + spent.map_or(0, |claim| claim.spent.get()).max(1) > short.most
        }
        _ => short.used >= short.most,
    };
    Ok(if short.iter().any(is_short) { short } else { Vec::new() })
}

/// Whether a cart was priced knowing this much already.
fn is_known(short: &Short, facts: &Facts) -> bool {
    let uses = facts.uses.get(&short.counter.promotion()).copied().unwrap_or_default();
    let used = short.used.unsigned_abs();
    match &short.counter {
        Counter::Uses { .. } => uses.total >= used,
        Counter::Channel { .. } => uses.in_channel >= used,
        Counter::Day { .. } => uses.today >= used,
        Counter::Customer { .. } => uses.by_customer >= used,
        Counter::Spent { .. } => uses.spent.get() >= short.used,
        Counter::Code { .. } | Counter::CodeCustomer { .. } => false,
    }
}

/// A use of each promotion whose code is refused for something else than being unknown or used up.
fn refused_codes(priced: &Priced) -> impl Iterator<Item = Claim> + '_ {
    let codes = priced.evaluation.codes.iter().zip(&priced.facts.codes).enumerate();
    codes.filter_map(|(at, (result, entered))| match (&result.result, &entered.fact) {
        (Err(_), CodeFact::Known { promotion, used_up: None, inactive: None, .. }) => {
            Some(Claim { promotion: *promotion, code: Some(at), spent: Minor::ZERO })
        }
        _ => None,
    })
}

/// How much others than this cart have used of these counters, by their keys. What is held beyond its time is not used.
async fn used<C: Connection>(
    db: &C,
    store: StoreId,
    counters: &[Counter],
    own: Own<'_>,
    at: Timestamp,
) -> Result<BTreeMap<String, i64>, Problem> {
    let keys: Vec<String> = counters.iter().map(ToString::to_string).collect();
    let mut used: BTreeMap<String, i64> = BTreeMap::new();
    let mut is_held = false;
    for row in store::counters(db, store, &keys).await? {
        is_held |= row.held > 0;
        *used.entry(row.key).or_default() += row.committed + row.held;
    }
    if let Some(order) = own.order {
        for part in order_parts(db, store, order).await? {
            if let Some(used) = used.get_mut(&part.take.counter.to_string()) {
                *used -= part.take.amount;
            }
        }
    }
    if !is_held {
        return Ok(used);
    }
    const EXPIRED_MAX: u64 = 1000;
    let mut free = store::expired(db, store, at.as_millisecond(), EXPIRED_MAX, false).await?;
    if let Some(cart) = own.cart {
        let held = store::held_by_cart(db, store, cart).await?;
        free.extend(held.filter(|held| held.expires_at > at.as_millisecond()));
    }
    // What cannot be read frees nothing; whoever ends it tells of it.
    for holding in Holding::all_of(free).0 {
        for part in &holding.parts {
            if let Some(used) = used.get_mut(&part.take.counter.to_string()) {
                *used -= part.take.amount;
            }
        }
    }
    Ok(used)
}

/// Adds to the facts what others have used.
pub fn learn(facts: &mut Facts, code_limits: &[Option<CodeLimits>], shorts: &[Short]) {
    for short in shorts {
        let uses = facts.uses.entry(short.counter.promotion()).or_default();
        let used = short.used.max(0).unsigned_abs();
        match &short.counter {
            Counter::Uses { .. } => uses.total = used,
            Counter::Channel { .. } => uses.in_channel = used,
            Counter::Day { .. } => uses.today = used,
            // Of several identities, the one that used it most often decides.
            Counter::Customer { .. } => uses.by_customer = uses.by_customer.max(used),
            Counter::Spent { .. } => uses.spent = Minor::new(short.used.max(0)),
            Counter::Code { code, .. } => {
                mark_used_up(facts, code_limits, *code, short, UsedUp::ByAll);
            }
            Counter::CodeCustomer { code, .. } => {
                mark_used_up(facts, code_limits, *code, short, UsedUp::ByCustomer);
            }
        }
    }
}

fn mark_used_up(facts: &mut Facts, code_limits: &[Option<CodeLimits>], code: i64, short: &Short, by: UsedUp) {
    if short.used < short.most {
        return;
    }
    let entered = facts.codes.iter_mut().zip(code_limits);
    let same = entered.filter(|(_, limits)| limits.is_some_and(|limits| limits.code == code));
    for (entered, _) in same {
        if let CodeFact::Known { used_up, .. } = &mut entered.fact {
            *used_up = used_up.or(Some(by));
        }
    }
}

/// What is known of the uses of these promotions, whether a cart concerns them or not; of all limited ones when `None`.
pub async fn uses<C: Connection>(
    db: &C,
    store: StoreId,
    ruleset: &Ruleset,
    cart: &Cart,
    own: Own<'_>,
    at: Timestamp,
    promotions: Option<&[u64]>,
) -> Result<Facts, Problem> {
    let mut facts = Facts::default();
    if promotions.is_some_and(<[u64]>::is_empty) {
        return Ok(facts);
    }
    let setting = setting(cart, ruleset, at);
    let asked = ruleset.iter().filter(|(id, promotion)| {
        promotion.limits.is_limited() && promotions.is_none_or(|asked| asked.contains(id))
    });
    let spent = Minor::new(1);
    let takes = asked.flat_map(|(id, promotion)| {
        Claim { promotion: id, code: None, spent }.takes(1, &promotion.limits, None, &setting)
    });
    let counters: Vec<Counter> = takes.filter(|take| take.most.is_some()).map(|take| take.counter).collect();
    if counters.is_empty() {
        return Ok(facts);
    }
    let used = used(db, store, &counters, own, at).await?;
    let shorts: Vec<Short> = counters
        .into_iter()
        .filter_map(|counter| {
            let used = used.get(&counter.to_string()).copied().filter(|used| *used != 0)?;
            Some(Short { counter, most: i64::MAX, used })
        })
        .collect();
    learn(&mut facts, &[], &shorts);
    Ok(facts)
}

/// The facts of entered codes, with how often they and their promotions were used.
pub async fn of_codes<C: Connection>(
    db: &C,
    store: StoreId,
    ruleset: &Ruleset,
    cart: &Cart,
    at: Timestamp,
    codes: Facts,
    limits: &[Option<CodeLimits>],
) -> Result<Facts, Problem> {
    let setting = setting(cart, ruleset, at);
    let spent = Minor::new(1);
    let takes = codes.codes.iter().zip(limits).filter_map(|(entered, limits)| {
        let CodeFact::Known { promotion, .. } = entered.fact else { return None };
        let claim = Claim { promotion, code: None, spent };
        Some(claim.takes(1, &ruleset.get(promotion)?.limits, limits.as_ref(), &setting))
    });
    let limited: Vec<Take> = takes.flatten().filter(|take| take.most.is_some()).collect();
    let mut facts = codes;
    if limited.is_empty() {
        return Ok(facts);
    }
    let counters: Vec<Counter> = limited.iter().map(|take| take.counter.clone()).collect();
    let used = used(db, store, &counters, Own::default(), at).await?;
    let short = |take: Take| Short {
        used: used.get(&take.counter.to_string()).copied().unwrap_or(0),
        most: take.most.unwrap_or(i64::MAX),
        counter: take.counter,
    };
    let shorts: Vec<Short> = limited.into_iter().map(short).collect();
    learn(&mut facts, limits, &shorts);
    Ok(facts)
}

/// What the cart's own reservation holds of gift cards and store credit: account and amount.
pub async fn held_balances<C: Connection>(
    db: &C,
    store: StoreId,
    cart_id: Option<&str>,
    at: Timestamp,
) -> Result<Vec<(i64, Minor)>, Problem> {
    let Some(cart) = cart_id else { return Ok(Vec::new()) };
    let own = store::held_by_cart(db, store, cart).await?;
    let Some(own) = own.filter(|own| own.expires_at > at.as_millisecond()) else { return Ok(Vec::new()) };
    let (own, _) = Holding::all_of(vec![own]);
    let held = own.iter().flat_map(Holding::balances);
    Ok(held.map(|charge| (charge.account, Minor::new(charge.amount))).collect())
}

/// How often promotions were used by orders.
pub async fn uses_of_promotions<C: Connection>(
    db: &C,
    store: StoreId,
    ids: &[i64],
) -> Result<BTreeMap<i64, u64>, Problem> {
    let key = |id: &i64| Counter::Uses { promotion: id.unsigned_abs() }.to_string();
    committed(db, store, ids.iter().map(|id| (*id, key(id)))).await
}

/// How often codes of a promotion were used by orders.
pub async fn uses_of_codes<C: Connection>(
    db: &C,
    store: StoreId,
    codes: &[(i64, i64)],
) -> Result<BTreeMap<i64, u64>, Problem> {
    let key = |promotion: &i64, code: &i64| {
        Counter::Code { promotion: promotion.unsigned_abs(), code: *code }.to_string()
    };
    committed(db, store, codes.iter().map(|(promotion, code)| (*code, key(promotion, code)))).await
}

async fn committed<C: Connection>(
    db: &C,
    store: StoreId,
    keys: impl Iterator<Item = (i64, String)>,
) -> Result<BTreeMap<i64, u64>, Problem> {
    let by_key: BTreeMap<String, i64> = keys.map(|(id, key)| (key, id)).collect();
    let mut uses = BTreeMap::new();
    if by_key.is_empty() {
        return Ok(uses);
    }
    let keys: Vec<String> = by_key.keys().cloned().collect();
    for row in store::counters(db, store, &keys).await? {
        if let Some(id) = by_key.get(&row.key) {
            *uses.entry(*id).or_default() += row.committed.unsigned_abs();
        }
    }
    Ok(uses)
}
