//! The files of a replay.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use engine::coupon::CodeBook;
use engine::money::Currency;
use engine::promotion::{CodeFact, Definition, EnteredCode, Ruleset};
use engine::settings::Settings;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::evaluation::rest::{Catalog, Known};

/// Everything that baskets are priced with.
#[derive(Debug)]
pub(super) struct Shop {
    pub(super) catalog: Products,
    pub(super) ruleset: Ruleset,
    pub(super) names: BTreeMap<u64, String>,
    by_code: CodeBook<u64>,
}

/// The products of the shop by id.
#[derive(Debug, Default)]
pub(super) struct Products(HashMap<u64, ProductRecord>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProductRecord {
    id: u64,
    #[expect(dead_code, reason = "the name makes the file readable; pricing does not need it")]
    name: String,
    price: Option<String>,
    list_price: Option<String>,
    #[serde(default)]
    category_ids: Vec<u64>,
    brand_id: Option<u64>,
    seller_id: Option<u64>,
    #[serde(default)]
    options: BTreeMap<String, String>,
    #[serde(default)]
    custom_fields: BTreeMap<String, String>,
    #[serde(default)]
    gift_card: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsRecord {
    currency: String,
    time_zone: String,
    number_of_coupons_allowed_at_checkout: Option<u32>,
    promotions_applied_on_original_product_price: Option<bool>,
    promotions_apply_on_products_with_custom_product_price: Option<bool>,
    promotions_triggered_by_products_with_zero_product_price: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeRecord {
    code: String,
    promotion_id: u64,
}

impl Shop {
    /// Reads everything but the baskets.
    pub(super) fn load(folder: &Path) -> anyhow::Result<Self> {
        let settings = read_settings(&folder.join("settings.json"))?;
        let mut products = HashMap::new();
        each_line(&folder.join("catalog.ndjson"), |product: ProductRecord| {
            products.insert(product.id, product);
            Ok(())
        })?;
        let mut documents: Vec<(u64, Value)> = Vec::new();
        each_line(&folder.join("promotions.ndjson"), |document: Value| {
            let id = document.get("id").and_then(Value::as_u64).context("a promotion needs an `id`")?;
            documents.push((id, document));
            Ok(())
        })?;
        let mut by_code = CodeBook::default();
        each_line(&folder.join("codes.ndjson"), |record: CodeRecord| {
            let inserted = by_code.insert(&record.code, record.promotion_id);
            inserted.map(|_| ()).map_err(|error| anyhow!("`{}`: {error}", record.code))
        })?;
        let name = |document: &Value| document.get("name").and_then(Value::as_str).unwrap_or("?").to_owned();
        let names = documents.iter().map(|(id, document)| (*id, name(document))).collect();
        let ruleset = compile(settings, &documents)?;
        Ok(Self { catalog: Products(products), ruleset, names, by_code })
    }

    /// What is known of the codes of a basket.
    pub(super) fn codes(&self, texts: &[String]) -> Vec<EnteredCode> {
        let fact = |text: &String| match self.by_code.find(text) {
            Some(promotion) => CodeFact::known(*promotion),
            None => CodeFact::Unknown,
        };
        texts.iter().map(|text| EnteredCode { text: text.clone(), fact: fact(text) }).collect()
    }

    /// How many products there are.
    pub(super) fn product_count(&self) -> usize {
        self.catalog.0.len()
    }

    /// How many codes there are.
    pub(super) fn code_count(&self) -> usize {
        self.by_code.len()
    }
}

impl Catalog for Products {
    fn known(&self, product: u64, _variant: Option<u64>) -> Known<'_> {
        let Some(product) = self.0.get(&product) else { return Known::default() };
        Known {
            price: product.price.as_deref(),
            list_price: product.list_price.as_deref(),
            cost: None,
            floor_price: None,
            category_ids: &product.category_ids,
            brand_id: product.brand_id,
            seller_id: product.seller_id,
            options: Some(&product.options),
            custom_fields: Some(&product.custom_fields),
            gift_card: product.gift_card,
        }
    }
}

fn compile(settings: Settings, documents: &[(u64, Value)]) -> anyhow::Result<Ruleset> {
    // All promotions were there from the first basket on; among equals the id decides.
    let created = Timestamp::UNIX_EPOCH;
    let definitions: Vec<Definition<'_>> =
        documents.iter().map(|(id, document)| Definition { id: *id, created, document }).collect();
    let (ruleset, broken) = Ruleset::compile(settings, &definitions);
    if let Some(first) = broken.first() {
        let problems: Vec<String> =
            first.problems.iter().map(|problem| format!("{} {}", problem.pointer, problem.message)).collect();
        bail!("promotion {} cannot be compiled: {}", first.id, problems.join("; "));
    }
    Ok(ruleset)
}

fn read_settings(path: &Path) -> anyhow::Result<Settings> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let record: SettingsRecord = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    let currency = Currency::parse(&record.currency)
        .with_context(|| format!("`{}` is not an ISO 4217 code", record.currency))?;
    let zone = TimeZone::get(&record.time_zone)?;
    let new = Settings::new(currency, zone);
    Ok(Settings {
        coupons_allowed: record.number_of_coupons_allowed_at_checkout.unwrap_or(new.coupons_allowed),
        applies_to_overridden_price: record
            .promotions_apply_on_products_with_custom_product_price
            .unwrap_or(new.applies_to_overridden_price),
        triggered_by_zero_price: record
            .promotions_triggered_by_products_with_zero_product_price
            .unwrap_or(new.triggered_by_zero_price),
        applies_to_original_price: record
            .promotions_applied_on_original_product_price
            .unwrap_or(new.applies_to_original_price),
        ..new
    })
}

fn each_line<T: DeserializeOwned>(
    path: &Path,
    mut take: impl FnMut(T) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    for (index, line) in BufReader::with_capacity(1 << 20, file).lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let place = || format!("{}, line {}", path.display(), index + 1);
        take(serde_json::from_str(&line).with_context(place)?).with_context(place)?;
    }
    Ok(())
}
