//! `GET` and `PATCH /v1/settings`.

use axum::extract::State;
use axum::routing::get;
use engine::money::Rate;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::service::{self, Change, StoreSettings};
use crate::access::May;
use crate::access::may::ManageSettings;
use crate::activity::Author;
use crate::app::AppState;
use crate::platform::http::{Feature, Json, Problem, nullable};

/// The settings of a store.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Settings)]
pub(super) struct SettingsOut {
    /// The name by which paths of the BigCommerce-compatible surface call the store.
    #[schema(example = "k3v9x2m7qa")]
    store_hash: String,
    /// The store's name.
    name: String,
    /// The store's currency: ISO 4217.
    #[schema(example = "USD")]
    currency: String,
    /// The IANA zone in which schedules are meant.
    #[schema(example = "America/New_York")]
    time_zone: String,
    /// How many coupon codes a cart may use, 1 to 100.
    number_of_coupons_allowed_at_checkout: u32,
    /// Whether automatic promotions each discount the original price instead of what earlier ones left.
    promotions_applied_on_original_product_price: bool,
    /// Whether lines with an overridden price take part in promotions.
    promotions_apply_on_products_with_custom_product_price: bool,
    /// Whether units at price zero can fulfil conditions.
    promotions_triggered_by_products_with_zero_product_price: bool,
    /// Of a percentage, `DISCOUNT` rounds what is taken off half up, `PRICE` what is left.
    percentage_rounding: Rounding,
    /// The country in which the store is, for domestic shipping: ISO 3166-1 alpha-2.
    #[schema(example = "US")]
    country_code: Option<String>,
    /// The most that promotions take off a line, all together, in percent; no limit when null.
    #[schema(example = "60")]
    maximum_discount_percentage: Option<String>,
    /// What lines always cost above their own `cost`, in percent; no limit when null.
    #[schema(example = "5")]
    minimum_margin_percentage: Option<String>,
    /// From which share of a cart on a worst case is worth a warning when a promotion is saved, in percent.
    #[schema(example = "60")]
    worst_case_percentage: String,
    /// Whether gift cards pay for gift cards that are bought. Promotions and staff never discount those.
    gift_cards_buy_gift_cards: bool,
    /// The country whose law gift cards follow: ISO 3166-1 alpha-2; that of `country_code` when null. Where it is `US`,
    /// cards that are sold are good for at least five years.
    #[schema(example = "US")]
    gift_card_jurisdiction: Option<String>,
}

/// What a percentage rounds half up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
enum Rounding {
    /// What is taken off.
    Discount,
    /// What is left.
    Price,
}

/// The settings to change; what is left out stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SettingsChange)]
pub(super) struct SettingsPatch {
    /// The store's name, 1 to 250 characters.
    name: Option<String>,
    /// The store's currency: ISO 4217. Existing promotions keep theirs.
    currency: Option<String>,
    /// The IANA zone in which schedules are meant. Start and end dates are instants and stay.
    time_zone: Option<String>,
    /// How many coupon codes a cart may use, 1 to 100.
    number_of_coupons_allowed_at_checkout: Option<u32>,
    /// Whether automatic promotions each discount the original price instead of what earlier ones left.
    promotions_applied_on_original_product_price: Option<bool>,
    /// Whether lines with an overridden price take part in promotions.
    promotions_apply_on_products_with_custom_product_price: Option<bool>,
    /// Whether units at price zero can fulfil conditions.
    promotions_triggered_by_products_with_zero_product_price: Option<bool>,
    /// Of a percentage, `DISCOUNT` rounds what is taken off half up, `PRICE` what is left.
    percentage_rounding: Option<Rounding>,
    /// The country in which the store is: ISO 3166-1 alpha-2; null clears it.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    country_code: Option<Option<String>>,
    /// The most that promotions take off a line, all together, in percent; null for no limit.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    maximum_discount_percentage: Option<Option<String>>,
    /// What lines always cost above their own `cost`, in percent; null for no limit.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    minimum_margin_percentage: Option<Option<String>>,
    /// From which share of a cart on a worst case is worth a warning, in percent.
    worst_case_percentage: Option<String>,
    /// Whether gift cards pay for gift cards that are bought. Promotions and staff never discount those.
    gift_cards_buy_gift_cards: Option<bool>,
    /// The country whose law gift cards follow: ISO 3166-1 alpha-2; null for that of `country_code`.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    gift_card_jurisdiction: Option<Option<String>>,
}

#[derive(OpenApi)]
#[openapi(
    paths(get_settings, patch_settings),
    components(schemas(SettingsOut, SettingsPatch, Rounding)),
    tags((name = "settings", description = "Currency, zone and switches of the store."))
)]
struct Documentation;

/// The settings feature: its routes and their documentation.
pub fn feature() -> Feature<AppState> {
    Feature::new("settings", Documentation::openapi())
        .route("/v1/settings", get(get_settings).patch(patch_settings))
}

/// The store's settings.
#[utoipa::path(get, path = "/v1/settings", tag = "settings", operation_id = "getSettings",
    security(("secret_key" = [ManageSettings])),
    responses((status = 200, description = "The settings.", body = SettingsOut)))]
async fn get_settings(
    caller: May<ManageSettings>,
    State(app): State<AppState>,
) -> Result<Json<SettingsOut>, Problem> {
    Ok(Json(service::get(app.db.read(), caller.store_id).await?.into()))
}

/// Changes some settings; carts are priced by them from the answer on.
#[utoipa::path(patch, path = "/v1/settings", tag = "settings", operation_id = "changeSettings",
    security(("secret_key" = [ManageSettings])), request_body = SettingsPatch,
    responses((status = 200, description = "The settings after the change.", body = SettingsOut),
              (status = 422, description = "Something is out of range; nothing is changed.")))]
async fn patch_settings(
    caller: May<ManageSettings>,
    State(app): State<AppState>,
    Json(patch): Json<SettingsPatch>,
) -> Result<Json<SettingsOut>, Problem> {
    Ok(Json(service::update(&app, &Author::of(&caller, app.clock.now()), patch.into()).await?.into()))
}

impl From<StoreSettings> for SettingsOut {
    fn from(settings: StoreSettings) -> Self {
        let StoreSettings { hash, name, pricing, gift_card_jurisdiction, .. } = settings;
        Self {
            store_hash: hash,
            name,
            currency: pricing.currency.code().to_owned(),
            time_zone: pricing.time_zone.iana_name().unwrap_or("UTC").to_owned(),
            number_of_coupons_allowed_at_checkout: pricing.coupons_allowed,
            promotions_applied_on_original_product_price: pricing.applies_to_original_price,
            promotions_apply_on_products_with_custom_product_price: pricing.applies_to_overridden_price,
            promotions_triggered_by_products_with_zero_product_price: pricing.triggered_by_zero_price,
            percentage_rounding: if pricing.rounds_price { Rounding::Price } else { Rounding::Discount },
            country_code: pricing.country,
            maximum_discount_percentage: pricing.maximum_discount.map(Rate::to_percent),
            minimum_margin_percentage: pricing.minimum_margin.map(Rate::to_percent),
            worst_case_percentage: pricing.worst_case.to_percent(),
            gift_cards_buy_gift_cards: pricing.gift_cards_buy_gift_cards,
            gift_card_jurisdiction,
        }
    }
}

impl From<SettingsPatch> for Change {
    fn from(patch: SettingsPatch) -> Self {
        Self {
            name: patch.name,
            currency: patch.currency,
            time_zone: patch.time_zone,
            coupons_allowed: patch.number_of_coupons_allowed_at_checkout,
            applies_to_overridden_price: patch.promotions_apply_on_products_with_custom_product_price,
            triggered_by_zero_price: patch.promotions_triggered_by_products_with_zero_product_price,
            applies_to_original_price: patch.promotions_applied_on_original_product_price,
            rounds_price: patch.percentage_rounding.map(|rounding| rounding == Rounding::Price),
            country: patch.country_code,
            maximum_discount: patch.maximum_discount_percentage,
            minimum_margin: patch.minimum_margin_percentage,
            worst_case: patch.worst_case_percentage,
            gift_cards_buy_gift_cards: patch.gift_cards_buy_gift_cards,
            gift_card_jurisdiction: patch.gift_card_jurisdiction,
        }
    }
}
