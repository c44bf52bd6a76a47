//! The sample shop: read from the files beside this one, stored through the same services as everything else.

use serde::Deserialize;
use serde_json::Value;

use super::super::failure;
use crate::activity::Author;
use crate::app::AppState;
use crate::catalog::{self, Brand, Category, Product};
use crate::coupon::service::{self as coupon, CodeTerms};
use crate::customer::{self, Customer, CustomerGroup};
use crate::platform::ids::StoreId;
use crate::promotion::service as promotion;
use crate::settings::service::{self as settings, Change};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shop {
    store: StoreRecord,
    categories: Vec<Category>,
    brands: Vec<Brand>,
    customer_groups: Vec<CustomerGroup>,
    customers: Vec<Customer>,
    products: Vec<Product>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoreRecord {
    name: String,
    currency: String,
    time_zone: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeRecord {
    promotion: String,
    #[expect(dead_code, reason = "says which template the code shows; for readers of the file")]
    template: String,
    code: String,
    max_uses: u64,
    max_uses_per_customer: u64,
}

/// Stores the sample shop, and tells what it has in a few words.
pub(super) async fn seed(app: &AppState, store: StoreId) -> anyhow::Result<String> {
    let shop: Shop = serde_json::from_str(include_str!("shop.json"))?;
    let promotions: Vec<Value> = serde_json::from_str(include_str!("promotions.json"))?;
    let codes: Vec<CodeRecord> = serde_json::from_str(include_str!("codes.json"))?;
    let counts = format!(
        "{}: {} products, {} customers, {} promotions, {} coupon codes",
        shop.store.name,
        shop.products.len(),
        shop.customers.len(),
        promotions.len(),
        codes.len(),
    );
    let StoreRecord { name, currency, time_zone } = shop.store;
    let change = Change {
        name: Some(name),
        currency: Some(currency),
        time_zone: Some(time_zone),
        coupons_allowed: Some(2),
        ..Change::default()
    };
    let author = Author::system(store, app.clock.now());
    let changed = settings::update(app, &author, change).await.map_err(failure)?;
    let db = &app.db;
    catalog::service::upsert_categories(db, &author, shop.categories).await.map_err(failure)?;
    catalog::service::upsert_brands(db, &author, shop.brands).await.map_err(failure)?;
    catalog::service::upsert_products(db, &author, changed.pricing.currency, shop.products)
        .await
        .map_err(failure)?;
    customer::service::upsert_groups(db, &author, shop.customer_groups).await.map_err(failure)?;
    customer::service::upsert_customers(db, &author, shop.customers).await.map_err(failure)?;
    for document in &promotions {
        let stored = promotion::create(app, &author, document, "demo").await.map_err(failure)?;
        let name = stored.document.get("name").and_then(Value::as_str);
        for code in codes.iter().filter(|code| Some(code.promotion.as_str()) == name) {
            let (uses, uses_per_customer) = (code.max_uses, code.max_uses_per_customer);
            let terms = CodeTerms { uses, uses_per_customer, ..CodeTerms::default() };
            coupon::add(app, &author, stored.id, &code.code, terms).await.map_err(failure)?;
        }
    }
    Ok(counts)
}
