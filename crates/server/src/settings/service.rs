//! Reading and changing a store's settings.

use std::collections::HashMap;

use engine::money::{Currency, Rate};
use engine::settings::Settings;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rest::SettingsOut;
use super::store;
use crate::activity::{self, Action, Author, Kind, Object};
use crate::app::AppState;
use crate::platform::db::{Connection, Db, DbErr, Transaction, turn};
use crate::platform::http::{FieldError, Problem};
use crate::platform::ids::StoreId;

/// Most codes a cart may be allowed to use.
pub const COUPONS_ALLOWED_MAX: u32 = 100;

/// A store and its settings.
#[derive(Clone, Debug)]
pub struct StoreSettings {
    /// The name by which paths of the BigCommerce surface call the store.
    pub hash: String,
    /// The store's name.
    pub name: String,
    /// What pricing goes by.
    pub pricing: Settings,
    /// Whose law gift cards follow, when not that of the store's country: ISO 3166-1 alpha-2.
    pub gift_card_jurisdiction: Option<String>,
    /// Counts the changes to what evaluation sees.
    pub version: i64,
    /// Those of them after which it cannot be told which promotions they changed.
    pub unmarked_changes: i64,
}

/// A change of settings: what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// The store's name.
    pub name: Option<String>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// The name of an IANA zone.
    pub time_zone: Option<String>,
    /// See [`Settings::coupons_allowed`].
    pub coupons_allowed: Option<u32>,
    /// See [`Settings::applies_to_overridden_price`].
    pub applies_to_overridden_price: Option<bool>,
    /// See [`Settings::triggered_by_zero_price`].
    pub triggered_by_zero_price: Option<bool>,
    /// See [`Settings::applies_to_original_price`].
    pub applies_to_original_price: Option<bool>,
    /// See [`Settings::rounds_price`].
    pub rounds_price: Option<bool>,
    /// See [`Settings::country`]; `Some(None)` clears it, as with the percentages below.
    pub country: Option<Option<String>>,
    /// See [`Settings::maximum_discount`].
    pub maximum_discount: Option<Option<String>>,
    /// See [`Settings::minimum_margin`].
    pub minimum_margin: Option<Option<String>>,
    /// See [`Settings::worst_case`].
    pub worst_case: Option<String>,
    /// See [`Settings::gift_cards_buy_gift_cards`].
    pub gift_cards_buy_gift_cards: Option<bool>,
    /// See [`StoreSettings::gift_card_jurisdiction`].
    pub gift_card_jurisdiction: Option<Option<String>>,
}

impl StoreSettings {
    /// The country whose law gift cards follow.
    pub fn jurisdiction(&self) -> Option<&str> {
        self.gift_card_jurisdiction.as_deref().or(self.pricing.country.as_deref())
    }
}

/// The switches as the row keeps them; one that it lacks has its default.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Switches {
    coupons_allowed: Option<u32>,
    applies_to_overridden_price: Option<bool>,
    triggered_by_zero_price: Option<bool>,
    applies_to_original_price: Option<bool>,
    rounds_price: Option<bool>,
    country: Option<String>,
    maximum_discount: Option<String>,
    minimum_margin: Option<String>,
    worst_case: Option<String>,
    gift_cards_buy_gift_cards: Option<bool>,
    gift_card_jurisdiction: Option<String>,
}

/// Whether there is any store.
pub async fn any_store<C: Connection>(db: &C) -> Result<bool, Problem> {
    Ok(store::any(db).await?)
}

/// Makes a store with these settings, which were checked, unless its id is taken; tells whether it did.
pub async fn create(
    tx: &Transaction,
    (store, hash): (StoreId, &str),
    settings: &Change,
    now: Timestamp,
) -> Result<bool, Problem> {
    let row = store::StoreRow {
        store_id: store.0,
        hash: hash.to_owned(),
        name: "My store".to_owned(),
        currency: "USD".to_owned(),
        time_zone: "UTC".to_owned(),
        settings: "{}".to_owned(),
        version: 1,
        created_at: now.as_millisecond(),
        marked_changes: 0,
    };
    Ok(store::insert(tx, apply(row, settings)?).await?)
}

/// The store whose addresses have this hash.
pub async fn by_hash<C: Connection>(db: &C, hash: &str) -> Result<Option<StoreId>, DbErr> {
    Ok(store::by_hash(db, hash).await?.map(StoreId))
}

/// The highest id of a store, 0 when there is none.
pub async fn highest_id<C: Connection>(db: &C) -> Result<i64, DbErr> {
    store::highest_id(db).await
}

/// What a store is in a list of stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreSummary {
    /// Its id.
    pub id: StoreId,
    /// By which addresses name it.
    pub hash: String,
    /// What people call it.
    pub name: String,
    /// ISO 4217.
    pub currency: String,
    /// The name of an IANA zone.
    pub time_zone: String,
    /// When it was made, in milliseconds since 1970.
    pub created_at: i64,
}

impl From<store::StoreRow> for StoreSummary {
    fn from(row: store::StoreRow) -> Self {
        Self {
            id: StoreId(row.store_id),
            hash: row.hash,
            name: row.name,
            currency: row.currency,
            time_zone: row.time_zone,
            created_at: row.created_at,
        }
    }
}

/// A store as lists show it.
pub async fn summary<C: Connection>(db: &C, store: StoreId) -> Result<StoreSummary, Problem> {
    let row = store::find(db, store).await?;
    row.map(Into::into).ok_or_else(|| Problem::not_found("store", store))
}

/// The stores in the order of their ids, after the id `after`.
pub async fn summaries<C: Connection>(
    db: &C,
    after: Option<i64>,
    fetch: u64,
) -> Result<Vec<StoreSummary>, Problem> {
    Ok(store::page(db, after, fetch).await?.into_iter().map(Into::into).collect())
}

/// The name by which addresses call a store.
pub async fn hash<C: Connection>(db: &C, store: StoreId) -> Result<Option<String>, DbErr> {
    Ok(store::find(db, store).await?.map(|row| row.hash))
}

/// The store's settings.
pub async fn get<C: Connection>(db: &C, store: StoreId) -> Result<StoreSettings, Problem> {
    let row = store::find(db, store).await?.ok_or_else(|| Problem::not_found("store", store))?;
    read(&row)
}

/// Every store.
pub async fn stores<C: Connection>(db: &C) -> Result<Vec<StoreId>, Problem> {
    Ok(store::all(db).await?.into_iter().map(StoreId).collect())
}

/// By what the secret of the codes of each store is known again; nothing before a server has started on it.
pub async fn secret_fingerprints<C: Connection>(db: &C) -> Result<Vec<(StoreId, Option<String>)>, Problem> {
    let found = store::secret_fingerprints(db).await?.into_iter();
    Ok(found.map(|(store, fingerprint)| (StoreId(store), fingerprint)).collect())
}

/// Keeps by what the secret of a store's codes is known again, if that is still what it was.
pub async fn note_secret_fingerprint(
    db: &Db,
    store: StoreId,
    before: Option<String>,
    fingerprint: String,
) -> Result<(), Problem> {
    let before = before.unwrap_or_default();
    db.write(move |tx| {
        Box::pin(async move { Ok(store::keep_secret_fingerprint(tx, store, &before, &fingerprint).await?) })
    })
    .await
}

/// The versions of stores: how often what the evaluation of each sees has changed.
pub async fn versions<C: Connection>(db: &C, stores: &[StoreId]) -> Result<HashMap<StoreId, i64>, Problem> {
    /// What both databases take in one question.
    const STORES_AT_ONCE: usize = 10_000;
    let mut versions = HashMap::with_capacity(stores.len());
    for stores in stores.chunks(STORES_AT_ONCE) {
        let found = store::versions(db, stores).await?.into_iter();
        versions.extend(found.map(|(store, version)| (StoreId(store), version)));
    }
    Ok(versions)
}

/// Changes settings and gives all of them.
///
/// Errors: an unknown currency or zone, a number of codes outside 1 to 100.
pub async fn update(app: &AppState, author: &Author, change: Change) -> Result<StoreSettings, Problem> {
    check(&change)?;
    let (store, author) = (author.store, author.clone());
    let changed = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                // Before the row is touched: orders hold it too, after their turn has come.
                turn::alone(tx, store).await?;
                let row = store::find(tx, store).await?.ok_or_else(|| Problem::not_found("store", store))?;
                let before = read(&row)?;
                let changed = apply(row, &change)?;
                store::update(tx, &changed).await?;
                store::bump_version(tx, store).await?;
                let after = read(&changed)?;
                let change = activity::Change::new(Object::all(Kind::Settings), Action::Updated);
                let change = change.from(document(before)?).to(document(after.clone())?);
                activity::record(tx, &author, change).await?;
                Ok::<_, Problem>(after)
            })
        })
        .await?;
    app.rulesets.refresh(&app.db, store).await?;
    Ok(changed)
}

/// The settings as the log compares them: as they are told.
fn document(settings: StoreSettings) -> Result<Value, Problem> {
    serde_json::to_value(SettingsOut::from(settings)).map_err(Problem::internal)
}

/// Counts a change to what evaluation sees and gives the new version; every write to it does so in its own transaction,
/// and marks what it changes with that version.
pub async fn bump_version(tx: &Transaction, store: StoreId) -> Result<i64, DbErr> {
    store::bump_version(tx, store).await
}

/// Whether settings can be so.
///
/// Errors: everything that is wrong with them.
pub fn check(change: &Change) -> Result<(), Problem> {
    let mut errors = Vec::new();
    if change.currency.as_deref().is_some_and(|code| Currency::parse(code).is_none()) {
        let message = "must be an ISO 4217 code in capitals such as `USD`";
        errors.push(FieldError::new("/currency", "unknown_currency", message));
    }
    if change.time_zone.as_deref().is_some_and(|name| TimeZone::get(name).is_err()) {
        let message = "must be the name of an IANA time zone such as `Europe/Berlin`";
        errors.push(FieldError::new("/time_zone", "unknown_zone", message));
    }
    if change.coupons_allowed.is_some_and(|allowed| !(1..=COUPONS_ALLOWED_MAX).contains(&allowed)) {
        let message = format!("must be from 1 to {COUPONS_ALLOWED_MAX}");
        errors.push(FieldError::new("/number_of_coupons_allowed_at_checkout", "out_of_range", message));
    }
    if change.name.as_deref().is_some_and(|name| !(1..=250).contains(&name.chars().count())) {
        errors.push(FieldError::new("/name", "out_of_range", "must have 1 to 250 characters"));
    }
    let is_country = |code: &str| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    let countries =
        [("/country_code", &change.country), ("/gift_card_jurisdiction", &change.gift_card_jurisdiction)];
    for (pointer, country) in countries {
        if country.as_ref().is_some_and(|code| code.as_deref().is_some_and(|code| !is_country(code))) {
            let message = "must be two capital letters such as `US`";
            errors.push(FieldError::new(pointer, "out_of_range", message));
        }
    }
    let percentages = [
        ("/maximum_discount_percentage", change.maximum_discount.as_ref().and_then(Option::as_deref)),
        ("/minimum_margin_percentage", change.minimum_margin.as_ref().and_then(Option::as_deref)),
        ("/worst_case_percentage", change.worst_case.as_deref()),
    ];
    for (pointer, text) in percentages {
        if let Some(Err(error)) = text.map(Rate::parse) {
            errors.push(FieldError::new(pointer, "out_of_range", error.to_string()));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

fn apply(mut row: store::StoreRow, change: &Change) -> Result<store::StoreRow, Problem> {
    let mut switches: Switches = serde_json::from_str(&row.settings).map_err(Problem::internal)?;
    switches.coupons_allowed = change.coupons_allowed.or(switches.coupons_allowed);
    switches.applies_to_overridden_price =
        change.applies_to_overridden_price.or(switches.applies_to_overridden_price);
    switches.triggered_by_zero_price = change.triggered_by_zero_price.or(switches.triggered_by_zero_price);
    switches.applies_to_original_price =
        change.applies_to_original_price.or(switches.applies_to_original_price);
    switches.rounds_price = change.rounds_price.or(switches.rounds_price);
    switches.country = change.country.clone().unwrap_or(switches.country);
    switches.maximum_discount = change.maximum_discount.clone().unwrap_or(switches.maximum_discount);
    switches.minimum_margin = change.minimum_margin.clone().unwrap_or(switches.minimum_margin);
    switches.worst_case = change.worst_case.clone().or(switches.worst_case);
    switches.gift_cards_buy_gift_cards =
        change.gift_cards_buy_gift_cards.or(switches.gift_cards_buy_gift_cards);
    let jurisdiction = change.gift_card_jurisdiction.clone();
    switches.gift_card_jurisdiction = jurisdiction.unwrap_or(switches.gift_card_jurisdiction);
    row.settings = serde_json::to_string(&switches).map_err(Problem::internal)?;
    row.name = change.name.clone().unwrap_or(row.name);
    row.currency = change.currency.clone().unwrap_or(row.currency);
    row.time_zone = change.time_zone.clone().unwrap_or(row.time_zone);
    Ok(row)
}

fn read(row: &store::StoreRow) -> Result<StoreSettings, Problem> {
    let unreadable =
        |what: &str| Problem::internal(format!("the {what} of store {} is unreadable", row.store_id));
    let currency = Currency::parse(&row.currency).ok_or_else(|| unreadable("currency"))?;
    let zone = TimeZone::get(&row.time_zone).map_err(|_| unreadable("time zone"))?;
    let switches: Switches = serde_json::from_str(&row.settings).map_err(Problem::internal)?;
    let rate = |text: Option<String>| {
        text.map(|text| Rate::parse(&text)).transpose().map_err(|_| unreadable("percentage"))
    };
    let new = Settings::new(currency, zone);
    let pricing = Settings {
        coupons_allowed: switches.coupons_allowed.unwrap_or(new.coupons_allowed),
        applies_to_overridden_price: switches
            .applies_to_overridden_price
            .unwrap_or(new.applies_to_overridden_price),
        triggered_by_zero_price: switches.triggered_by_zero_price.unwrap_or(new.triggered_by_zero_price),
        applies_to_original_price: switches
            .applies_to_original_price
            .unwrap_or(new.applies_to_original_price),
        rounds_price: switches.rounds_price.unwrap_or(new.rounds_price),
        country: switches.country,
        maximum_discount: rate(switches.maximum_discount)?,
        minimum_margin: rate(switches.minimum_margin)?,
        worst_case: rate(switches.worst_case)?.unwrap_or(new.worst_case),
        gift_cards_buy_gift_cards: switches
            .gift_cards_buy_gift_cards
            .unwrap_or(new.gift_cards_buy_gift_cards),
        ..new
    };
    Ok(StoreSettings {
        hash: row.hash.clone(),
        name: row.name.clone(),
        pricing,
        gift_card_jurisdiction: switches.gift_card_jurisdiction,
        version: row.version,
        unmarked_changes: row.version - row.marked_changes,
    })
}
