//! Pricing carts, and keeping evaluations.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::cart::{Cart, Line};
use engine::money::{Currency, Minor};
use engine::promotion::reason::{Reason, UNKNOWN_CODE};
use engine::promotion::{
    Evaluation, Facts, Gift, Named, Names, Nudge, Told, evaluate, goods_to_offer, nudges,
};
use engine::redemption::{CodeLimits, Short};
use jiff::Timestamp;
use jiff::civil::Date;

use super::rest::{self, Wanted};
use super::store::{self, EvaluationRow};
use crate::app::AppState;
use crate::platform::db::Connection;
use crate::platform::http::{Code, Problem};
use crate::platform::ids::StoreId;
use crate::ruleset::{self, StoreRules, Text};
use crate::{catalog, coupon, gift_card, redemption};

/// A priced cart, with everything it was priced by.
#[derive(Debug)]
pub struct Priced {
    /// What promotions do to the cart.
    pub evaluation: Evaluation,
    /// The rules.
    pub rules: Arc<StoreRules>,
    /// Codes and uses.
    pub facts: Facts,
    /// How often each entered code may be used, in their order; nothing of one that is not known.
    pub code_limits: Vec<Option<CodeLimits>>,
    /// Whether each entered code was made at random, and so is handed out singly.
    pub single_codes: Vec<bool>,
    /// How the merchant wrote each entered code, where it was entered otherwise.
    pub written_codes: Vec<Option<String>>,
    /// The instant as of which it is priced.
    pub at: Timestamp,
    /// What could be added to the cart, when nudges were asked for.
    pub offers: Vec<Offer>,
    /// The cheapest changes that unlock promotions, when they were asked for.
    pub nudges: Vec<Nudge>,
}

/// Goods that could be added to a cart.
#[derive(Clone, Debug)]
pub struct Offer {
    /// One unit of them.
    pub line: Line,
    /// What shoppers call the product.
    pub name: Option<String>,
    /// What they call the variant: the product with the variant's SKU.
    pub variant_name: Option<String>,
}

/// A cart that is expected to take longer is priced on a thread of its own, as other requests wait for this one.
const HERE_MAX: Duration = Duration::from_millis(1);

/// Longer carts always are: what the worst of them take is not learnt from the others.
const LINES_HERE_MAX: usize = 100;

/// Nudges that an answer tells at most.
const NUDGES_MAX: usize = 10;

/// Goods that nudges may offer at most.
const OFFERS_MAX: usize = 200;

/// Goods that are looked up for nudges at most, by what promotions name.
const GOODS_NAMED_MAX: usize = 100;

/// An evaluation as it is kept.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The store that it is of.
    pub store: StoreId,
    /// Names the rules by which it was priced.
    pub ruleset: String,
    /// What it is a function of, as JSON.
    pub input: String,
    /// The answer, byte for byte.
    pub answer: String,
    /// What one unit of gifts cost in the catalog then, by key: decimal amounts. Those without a price are missing.
    pub gift_values: BTreeMap<String, String>,
}

/// A cart that is about to be priced: the rules, and what is known of codes and uses so far.
#[derive(Debug)]
pub struct Pricing {
    /// The rules.
    pub rules: Arc<StoreRules>,
    facts: Facts,
    code_limits: Vec<Option<CodeLimits>>,
    single_codes: Vec<bool>,
    written_codes: Vec<Option<String>>,
    at: Timestamp,
}

/// How often a cart is priced anew because others took what it would have got.
pub const PRICINGS_MAX: u32 = 100;

/// Prices a cart as of `at` and gives it back. It has no effect on anything.
pub async fn price(
    app: &AppState,
    store: StoreId,
    mut cart: Cart,
    wanted: &Wanted,
    at: Timestamp,
) -> Result<(Cart, Priced), Problem> {
    let mut pricing = Pricing::begin(app, store, &cart, wanted, at).await?;
    for _ in 0..PRICINGS_MAX {
        let priced;
        (cart, priced) = pricing.price(cart, wanted).await?;
        let (db, own) = (app.db.read(), wanted.own());
        let shorts = redemption::service::facts::shortages(db, store, &app.desk, &cart, own, &priced).await?;
        if shorts.is_empty() {
            return Ok((cart, priced));
        }
        pricing.learn(&shorts);
    }
    Err(Problem::new(Code::Conflict, "the limits of this store keep changing; send it again"))
}

impl Pricing {
    /// Takes the rules and looks up the codes. Of uses it is known what must be told: that of all promotions or of some.
    pub async fn begin(
        app: &AppState,
        store: StoreId,
        cart: &Cart,
        wanted: &Wanted,
        at: Timestamp,
    ) -> Result<Self, Problem> {
        let rules = app.rulesets.of_instant(&app.db, store, at).await?;
        let db = app.db.read();
        let entered =
            coupon::service::facts(app, store, &rules, (&wanted.codes, wanted.codes_tried), at).await?;
        let single_codes = entered.iter().map(|entered| entered.is_single).collect();
        let written_codes = entered.iter().map(|entered| entered.written.clone()).collect();
        let (codes, code_limits) = entered.into_iter().map(|entered| (entered.code, entered.limits)).unzip();
        let asked = match wanted.told() {
            Told::Matching => Some(&[][..]),
            Told::These(ids) => Some(ids),
            Told::All => None,
        };
        let own = wanted.own();
        let uses = redemption::service::facts::uses(db, store, &rules.ruleset, cart, own, at, asked).await?;
        let held = match wanted.gift_cards.is_empty() {
            true => Vec::new(),
            false => redemption::service::facts::held_balances(db, store, own.cart, at).await?,
        };
        let gift_cards = gift_card::service::facts(app, store, &wanted.gift_cards, &held).await?;
        let facts = Facts { codes, gift_cards, ..uses };
        Ok(Self { rules, facts, code_limits, single_codes, written_codes, at })
    }

    /// Prices the cart by what is known, and gives it back.
    pub async fn price(&self, cart: Cart, wanted: &Wanted) -> Result<(Cart, Priced), Problem> {
        let is_everything = wanted.told() == Told::All;
        let lines = cart.lines.len();
        let (rules, facts) = (Arc::clone(&self.rules), self.facts.clone());
        let (code_limits, single_codes) = (self.code_limits.clone(), self.single_codes.clone());
        let (written_codes, at) = (self.written_codes.clone(), self.at);
        if lines <= LINES_HERE_MAX && rules.pace.expects(lines, is_everything) < HERE_MAX {
            let priced = price_timed(rules, &cart, facts, at, wanted.told());
            return Ok((cart, Priced { code_limits, single_codes, written_codes, ..priced }));
        }
        let wanted = wanted.clone();
        elsewhere(move || {
            let priced = price_timed(rules, &cart, facts, at, wanted.told());
            (cart, Priced { code_limits, single_codes, written_codes, ..priced })
        })
        .await
    }

    /// Takes note of what others have used.
    pub fn learn(&mut self, shorts: &[Short]) {
        redemption::service::facts::learn(&mut self.facts, &self.code_limits, shorts);
    }
}

/// Prices a cart, and remembers for the next how long that took.
fn price_timed(rules: Arc<StoreRules>, cart: &Cart, facts: Facts, at: Timestamp, told: Told<'_>) -> Priced {
    let started = Instant::now();
    let priced = price_by(rules, cart, facts, at, told);
    priced.rules.pace.took(started.elapsed(), cart.lines.len(), told == Told::All);
    priced
}

/// Does what takes its time on a thread that no other request waits for.
pub async fn elsewhere<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(Problem::internal)
}

/// Prices a cart by these rules and facts.
pub fn price_by(rules: Arc<StoreRules>, cart: &Cart, facts: Facts, at: Timestamp, told: Told<'_>) -> Priced {
    let evaluation = evaluate(&rules.ruleset, cart, &facts, at, told);
    Priced {
        evaluation,
        rules,
        facts,
        code_limits: Vec::new(),
        single_codes: Vec::new(),
        written_codes: Vec::new(),
        at,
        offers: Vec::new(),
        nudges: Vec::new(),
    }
}

impl Priced {
    /// The same as anybody may hear it: of codes that were made at random and cannot be used, not why.
    pub fn for_anybody(mut self) -> Self {
        for (code, is_single) in self.evaluation.codes.iter_mut().zip(&self.single_codes) {
            if *is_single && code.result.as_ref().is_err_and(Reason::is_of_standing) {
                code.result = Err(Reason::plain(&UNKNOWN_CODE));
            }
        }
        self
    }

    /// The entered code at this place as the merchant wrote it: so receipts and reports show one spelling.
    pub fn code_at(&self, place: usize) -> Option<&str> {
        let written = self.written_codes.get(place).and_then(Option::as_deref);
        written.or_else(|| self.facts.codes.get(place).map(|entered| entered.text.as_str()))
    }

    /// The day in the store's zone as of which it is priced.
    pub fn day(&self) -> Date {
        self.at.to_zoned(self.rules.ruleset.settings().time_zone.clone()).date()
    }

    /// The same with the nudges that these offers make possible.
    pub fn with_nudges(mut self, cart: &Cart, offers: Vec<Offer>) -> Self {
        let lines: Vec<Line> = offers.iter().map(|offer| offer.line.clone()).collect();
        let Self { evaluation, rules, facts, at, .. } = &self;
        self.nudges = nudges(&rules.ruleset, cart, facts, *at, evaluation, &lines, NUDGES_MAX);
        self.offers = offers;
        self
    }
}

impl Names for Priced {
    /// Offers have names; nothing else is named in nudges.
    fn name(&self, named: Named, id: u64) -> Option<&str> {
        let mut offers = self.offers.iter();
        match named {
            Named::Product => offers.find(|offer| offer.line.product == id)?.name.as_deref(),
            Named::Variant => offers.find(|offer| offer.line.variant == Some(id))?.variant_name.as_deref(),
            _ => None,
        }
    }
}

/// What the catalog could add to a cart: the cheapest of the goods that promotions name which the cart is near, and
/// what lies in it already. Prices of the catalog are in the store's own currency; in another nothing is offered.
pub async fn offers(
    app: &AppState,
    store: StoreId,
    cart: &Cart,
    priced: &Priced,
) -> Result<Vec<Offer>, Problem> {
    if priced.rules.ruleset.settings().currency != cart.currency {
        return Ok(Vec::new());
    }
    let mut named = goods_to_offer(&priced.rules.ruleset, &priced.evaluation, GOODS_NAMED_MAX);
    named.extend(cart.lines.iter().take(GOODS_NAMED_MAX).map(|line| (Named::Product, line.product)));
    let db = app.db.read();
    let (goods, facts) = catalog::service::offers(db, store, &named).await?;
    let lines = goods
        .into_iter()
        .filter_map(|(product, variant)| rest::line_on_offer(product, variant, &facts, cart.currency));
    let numbered = lines.take(OFFERS_MAX).enumerate();
    let lines: Vec<Line> =
        numbered.map(|(index, line)| Line { id: format!("offer-{index}"), ..line }).collect();
    let asked = catalog::service::Asked::default();
    for line in &lines {
        asked.name(Named::Product, line.product);
        line.variant.and_then(|variant| asked.name(Named::Variant, variant));
    }
    let names = catalog::service::names_asked(db, store, &asked).await?;
    let offer = |line: Line| {
        let name = names.name(Named::Product, line.product).map(str::to_owned);
        let sku = line.variant.and_then(|variant| names.name(Named::Variant, variant));
        // Of a product that is sold in variants the shopper must hear which.
        let variant_name = name.as_ref().zip(sku).map(|(name, sku)| format!("{name} ({sku})"));
        Offer { line, name, variant_name }
    };
    Ok(lines.into_iter().map(offer).collect())
}

/// Keeps an evaluation with the rules by which it was priced, in one write. One that is kept already stays as it is.
///
/// Gives `false`, and keeps nothing, when the rules changed since: then it is to be priced anew.
pub async fn record(
    app: &AppState,
    id: &str,
    recorded: Recorded,
    rules: &Arc<StoreRules>,
) -> Result<bool, Problem> {
    let (store, now) = (recorded.store, app.clock.now());
    let text = match ruleset::text_to_keep(&app.db, store, rules).await? {
        Text::Kept => None,
        Text::New(text) => Some((rules.hash.clone(), text)),
        Text::Gone => return Ok(false),
    };
    let gift_values = serde_json::to_string(&recorded.gift_values).map_err(Problem::internal)?;
    let row = EvaluationRow {
        store_id: store.0,
        id: id.to_owned(),
        ruleset_hash: recorded.ruleset,
        input: recorded.input,
        answer: recorded.answer,
        gift_values,
        created_at: now.as_millisecond(),
    };
    app.db
        .write(move |tx| {
            Box::pin(async move {
                if let Some((hash, text)) = text {
                    ruleset::keep(tx, store, hash, text, now).await?;
                }
                store::insert(tx, row).await?;
                Ok(true)
            })
        })
        .await
}

/// The evaluation that was kept under this id.
pub async fn recorded<C: Connection>(db: &C, store: StoreId, id: &str) -> Result<Recorded, Problem> {
    let row = store::find(db, store, id).await?.ok_or_else(|| Problem::not_found("evaluation", id))?;
    read(row)
}

/// The evaluations that were kept under this id, one for each store that has it.
pub async fn recorded_in_all_stores<C: Connection>(db: &C, id: &str) -> Result<Vec<Recorded>, Problem> {
    store::find_in_all_stores(db, id).await?.into_iter().map(read).collect()
}

fn read(row: EvaluationRow) -> Result<Recorded, Problem> {
    Ok(Recorded {
        store: StoreId(row.store_id),
        ruleset: row.ruleset_hash,
        input: row.input,
        answer: row.answer,
        gift_values: serde_json::from_str(&row.gift_values).map_err(Problem::internal)?,
    })
}

/// What one unit of each gift costs in the catalog, by key, in `currency`; only those whose price is known.
pub async fn gift_values(
    app: &AppState,
    store: StoreId,
    currency: Currency,
    gifts: &[Gift],
) -> Result<BTreeMap<String, String>, Problem> {
    use crate::evaluation::rest::Catalog as _;
    // Prices of the catalog are in the store's own currency.
    let own = app.rulesets.of(&app.db, store).await?.ruleset.settings().currency;
    if gifts.is_empty() || own != currency {
        return Ok(BTreeMap::new());
    }
    let products: Vec<u64> = gifts.iter().filter_map(|gift| gift.product).collect();
    let known = catalog::service::facts(app.db.read(), store, products, Vec::new()).await?;
    let value = |gift: &Gift| {
        let price = known.known(gift.product?, None).price?;
        let price: Minor = Minor::parse(price, currency).ok()?;
        Some((gift.key.clone(), price.to_decimal(currency)))
    };
    Ok(gifts.iter().filter_map(value).collect())
}
