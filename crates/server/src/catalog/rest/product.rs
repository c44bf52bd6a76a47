//! Products and their variants over HTTP.

use std::collections::BTreeMap;

use axum::extract::State;
use engine::money::Currency;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::May;
use crate::access::may::ManageProducts;
use crate::activity::Author;
use crate::app::AppState;
use crate::catalog::service::{self, check_price, from_json, stored_price, to_json};
use crate::catalog::store::{product, variant};
use crate::platform::http::{
    Bulk, Errors, Json, List, PageQuery, Path, Problem, ProblemBody, Query, Upserted, pointer,
};
use crate::platform::ids::StoreId;
use crate::settings;

const CATEGORIES_MAX: usize = 100;
const TEXTS_MAX: usize = 250;
const VARIANTS_MAX: usize = 600;

/// A product: what carts may leave out about it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Its id, the storefront's own: 1 to 2^53 - 1.
    #[schema(minimum = 1, example = 101)]
    pub id: i64,
    /// Its name, 1 to 250 characters.
    #[schema(min_length = 1, max_length = 250, example = "Alpine boot")]
    pub name: String,
    /// Its stock-keeping unit, 1 to 250 characters.
    #[serde(default)]
    pub sku: Option<String>,
    /// What one unit costs: a decimal amount in the store's currency.
    #[serde(default)]
    #[schema(example = "20.00")]
    pub price: Option<String>,
    /// What one unit costs when it is not on sale; above `price` means that it is.
    #[serde(default)]
    #[schema(example = "25.00")]
    pub list_price: Option<String>,
    /// What one unit costs the merchant: guardrails keep a margin over it.
    #[serde(default)]
    #[schema(example = "11.50")]
    pub cost: Option<String>,
    /// What one unit never costs less than after promotions.
    #[serde(default)]
    pub floor_price: Option<String>,
    /// Whether a shopper has to choose something before it can be bought: such a product cannot be a gift.
    #[serde(default)]
    pub has_required_modifiers: bool,
    /// Its brand; `null` or 0 when it has none.
    #[serde(default)]
    pub brand_id: Option<i64>,
    /// Its seller, in a marketplace; `null` or 0 when it has none.
    #[serde(default)]
    pub seller_id: Option<i64>,
    /// The categories it is in, up to 100; it is in their parents by itself.
    #[serde(default)]
    #[schema(max_items = 100, example = json!([9]))]
    pub category_ids: Vec<i64>,
    /// Options by name, for a product without variants; up to 250.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// Custom fields by name, up to 250.
    #[serde(default)]
    #[schema(example = json!({"Gender": "Mens"}))]
    pub custom_fields: BTreeMap<String, String>,
    /// Whether it is a gift card, which promotions leave alone.
    #[serde(default)]
    pub gift_card: bool,
    /// Its variants, up to 600. When left out of a request, those that it has stay.
    #[serde(default)]
    #[schema(max_items = 600)]
    pub variants: Option<Vec<Variant>>,
}

/// One of the forms in which a product is sold.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Its id, the storefront's own, unique in the store: 1 to 2^53 - 1.
    #[schema(minimum = 1, example = 1011)]
    pub id: i64,
    /// Its stock-keeping unit, 1 to 250 characters; sentences call it by that.
    #[serde(default)]
    pub sku: Option<String>,
    /// What one unit costs; the product's price when left out.
    #[serde(default)]
    pub price: Option<String>,
    /// What one unit costs when it is not on sale; the product's when left out.
    #[serde(default)]
    pub list_price: Option<String>,
    /// Its options by name, up to 250.
    #[serde(default)]
    #[schema(example = json!({"Size": "XS"}))]
    pub options: BTreeMap<String, String>,
}

impl Product {
    /// Checks everything but the id and the variants, which are checked together with the others'.
    pub(in crate::catalog) fn check(&self, at: &str, currency: Currency, errors: &mut Errors) {
        errors.text(format_args!("{at}/name"), &self.name);
        if let Some(sku) = &self.sku {
            errors.text(format_args!("{at}/sku"), sku);
        }
        check_price(&format!("{at}/price"), self.price.as_deref(), currency, errors);
        check_price(&format!("{at}/list_price"), self.list_price.as_deref(), currency, errors);
        check_price(&format!("{at}/cost"), self.cost.as_deref(), currency, errors);
        check_price(&format!("{at}/floor_price"), self.floor_price.as_deref(), currency, errors);
        errors.optional_id(format_args!("{at}/brand_id"), self.brand_id);
        errors.optional_id(format_args!("{at}/seller_id"), self.seller_id);
        errors.length(format_args!("{at}/category_ids"), self.category_ids.len(), CATEGORIES_MAX);
        for (position, id) in self.category_ids.iter().enumerate() {
            errors.id(format_args!("{at}/category_ids/{position}"), *id);
        }
        check_texts(&format!("{at}/options"), &self.options, errors);
        check_texts(&format!("{at}/custom_fields"), &self.custom_fields, errors);
        let variants = self.variants.as_ref().map_or(0, Vec::len);
        errors.length(format_args!("{at}/variants"), variants, VARIANTS_MAX);
    }

    /// The checked product as a row.
    pub(in crate::catalog) fn into_row(
        self,
        store_id: StoreId,
        now: Timestamp,
        currency: Currency,
    ) -> Result<product::Model, Problem> {
        Ok(product::Model {
            store_id,
            id: self.id,
            name: self.name,
            sku: self.sku,
            price: stored_price(self.price.as_deref(), currency),
            list_price: stored_price(self.list_price.as_deref(), currency),
            cost: stored_price(self.cost.as_deref(), currency),
            floor_price: stored_price(self.floor_price.as_deref(), currency),
            has_required_modifiers: self.has_required_modifiers,
            brand_id: self.brand_id.filter(|id| *id != 0),
            seller_id: self.seller_id.filter(|id| *id != 0),
            category_ids: to_json(&self.category_ids)?,
            options: to_json(&self.options)?,
            custom_fields: to_json(&self.custom_fields)?,
            gift_card: self.gift_card,
            updated_at: now.as_millisecond(),
        })
    }

    pub(in crate::catalog) fn from_row(row: product::Model, variants: Vec<Variant>) -> Result<Self, Problem> {
        Ok(Self {
            id: row.id,
            name: row.name,
            sku: row.sku,
            price: row.price,
            list_price: row.list_price,
            cost: row.cost,
            floor_price: row.floor_price,
            has_required_modifiers: row.has_required_modifiers,
            brand_id: row.brand_id,
            seller_id: row.seller_id,
            category_ids: from_json(&row.category_ids)?,
            options: from_json(&row.options)?,
            custom_fields: from_json(&row.custom_fields)?,
            gift_card: row.gift_card,
            variants: Some(variants),
        })
    }
}

impl Variant {
    pub(in crate::catalog) fn check(&self, at: &str, currency: Currency, errors: &mut Errors) {
        errors.id(format_args!("{at}/id"), self.id);
        if let Some(sku) = &self.sku {
            errors.text(format_args!("{at}/sku"), sku);
        }
        check_price(&format!("{at}/price"), self.price.as_deref(), currency, errors);
        check_price(&format!("{at}/list_price"), self.list_price.as_deref(), currency, errors);
        check_texts(&format!("{at}/options"), &self.options, errors);
    }

    /// The checked variant as a row.
    pub(in crate::catalog) fn into_row(
        self,
        store_id: StoreId,
        product_id: i64,
        currency: Currency,
    ) -> Result<variant::Model, Problem> {
        Ok(variant::Model {
            store_id,
            id: self.id,
            product_id,
            sku: self.sku,
            price: stored_price(self.price.as_deref(), currency),
            list_price: stored_price(self.list_price.as_deref(), currency),
            options: to_json(&self.options)?,
        })
    }

    pub(in crate::catalog) fn from_row(row: variant::Model) -> Result<Self, Problem> {
        let options = from_json(&row.options)?;
        Ok(Self { id: row.id, sku: row.sku, price: row.price, list_price: row.list_price, options })
    }
}

fn check_texts(at: &str, texts: &BTreeMap<String, String>, errors: &mut Errors) {
    errors.length(at, texts.len(), TEXTS_MAX);
    for (name, value) in texts {
        let at = pointer::child(at, name);
        errors.text(&at, name);
        errors.text_or_empty(&at, value);
    }
}

/// Add or replace up to 1000 products with their variants.
#[utoipa::path(put, path = "/v1/products", tag = "catalog", operation_id = "putProducts",
    security(("secret_key" = [ManageProducts])), request_body = Bulk<Product>,
    responses(
        (status = 200, description = "All of them are kept.", body = Upserted),
        (status = 422, description = "None of them is kept.", body = ProblemBody),
    ))]
pub(super) async fn put(
    caller: May<ManageProducts>,
    State(state): State<AppState>,
    Json(body): Json<Bulk<Product>>,
) -> Result<Json<Upserted>, Problem> {
    let author = Author::of(&caller, state.clock.now());
    let currency = settings::service::get(state.db.read(), caller.store_id).await?.pricing.currency;
    let upserted = service::upsert_products(&state.db, &author, currency, body.items).await?;
    Ok(Json(Upserted { upserted }))
}

/// The products, in the order of their ids.
#[utoipa::path(get, path = "/v1/products", tag = "catalog", operation_id = "listProducts",
    security(("secret_key" = [ManageProducts])), params(PageQuery),
    responses((status = 200, description = "A page of them.", body = List<Product>)))]
pub(super) async fn list(
    caller: May<ManageProducts>,
    State(state): State<AppState>,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<Product>>, Problem> {
    service::products(&state.db, caller.store_id, &query.page()?).await.map(Json)
}

/// One product.
#[utoipa::path(get, path = "/v1/products/{id}", tag = "catalog", operation_id = "getProduct",
    security(("secret_key" = [ManageProducts])), params(("id" = i64, Path, description = "Its id.")),
    responses(
        (status = 200, description = "The product.", body = Product),
        (status = 404, description = "There is none with this id.", body = ProblemBody),
    ))]
pub(super) async fn get(
    caller: May<ManageProducts>,
    State(state): State<AppState>,
    Path(id): Path<i64>,
) -> Result<Json<Product>, Problem> {
    service::product(&state.db, caller.store_id, id).await.map(Json)
}
