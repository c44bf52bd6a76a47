//! `/promotions/settings`: the four switches, without an envelope.

use axum::extract::State as Shared;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::caller::Merchant;
use super::error::Refusal;
use crate::access::may::ManageSettings;
use crate::app::AppState;
use crate::platform::http::{FieldError, Json, Problem};
use crate::settings::service::{self, Change, StoreSettings};

/// Most codes that this surface lets a cart use; `/v1/settings` allows more.
const COUPONS_MAX: u32 = 5;

/// The settings; all are required.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = BigCommerceSettings)]
pub(super) struct SettingsBody {
    /// Whether lines with an overridden price take part in promotions.
    promotions_apply_on_products_with_custom_product_price: Option<bool>,
    /// Whether units at price zero can fulfil conditions.
    promotions_triggered_by_products_with_zero_product_price: Option<bool>,
    /// How many coupon codes a cart may use, 1 to 5.
    number_of_coupons_allowed_at_checkout: Option<u32>,
    /// Whether automatic promotions each discount the original price instead of what earlier ones left.
    promotions_applied_on_original_product_price: Option<bool>,
}

/// The store-wide settings of promotions.
#[utoipa::path(get, path = "/stores/{hash}/v3/promotions/settings", tag = "bigcommerce",
    operation_id = "bcGetSettings", security(("auth_token" = [ManageSettings])),
    params(("hash" = String, Path, description = "The store's hash.")),
    responses((status = 200, description = "The settings.", body = SettingsBody)))]
pub(super) async fn read(
    merchant: Merchant<ManageSettings>,
    Shared(app): Shared<AppState>,
) -> Result<Response, Refusal> {
    Ok(show(&service::get(app.db.read(), merchant.store).await?))
}

/// Replaces the store-wide settings of promotions.
#[utoipa::path(put, path = "/stores/{hash}/v3/promotions/settings", tag = "bigcommerce",
    operation_id = "bcReplaceSettings", security(("auth_token" = [ManageSettings])), request_body = SettingsBody,
    params(("hash" = String, Path, description = "The store's hash.")),
    responses((status = 200, description = "The settings after the change.", body = SettingsBody)))]
pub(super) async fn replace(
    merchant: Merchant<ManageSettings>,
    Shared(app): Shared<AppState>,
    body: Result<Json<SettingsBody>, Problem>,
) -> Result<Response, Refusal> {
    let changed = async {
        let Json(body) = body?;
        service::update(&app, &merchant.author(&app), body.change()?).await
    };
    match changed.await {
        Ok(settings) => Ok(show(&settings)),
        Err(problem) => Err(Refusal::of_settings(&problem)),
    }
}

impl SettingsBody {
    fn change(self) -> Result<Change, Problem> {
        let mut errors = Vec::new();
        let mut require = |name: &str, is_missing: bool| {
            if is_missing {
                errors.push(FieldError::new(format!("/{name}"), "required", "is required"));
            }
        };
        let allowed = self.number_of_coupons_allowed_at_checkout;
        let (overridden, zero, original) = (
            self.promotions_apply_on_products_with_custom_product_price,
            self.promotions_triggered_by_products_with_zero_product_price,
            self.promotions_applied_on_original_product_price,
        );
        require("promotions_apply_on_products_with_custom_product_price", overridden.is_none());
        require("promotions_triggered_by_products_with_zero_product_price", zero.is_none());
        require("number_of_coupons_allowed_at_checkout", allowed.is_none());
        require("promotions_applied_on_original_product_price", original.is_none());
        if allowed.is_some_and(|allowed| !(1..=COUPONS_MAX).contains(&allowed)) {
            let message = format!("must be from 1 to {COUPONS_MAX}");
            errors.push(FieldError::new("/number_of_coupons_allowed_at_checkout", "out_of_range", message));
        }
        if !errors.is_empty() {
            return Err(Problem::invalid(errors));
        }
        Ok(Change {
            coupons_allowed: allowed,
            applies_to_overridden_price: overridden,
            triggered_by_zero_price: zero,
            applies_to_original_price: original,
            ..Change::default()
        })
    }
}

fn show(settings: &StoreSettings) -> Response {
    let pricing = &settings.pricing;
    let body = json!({
        "promotions_apply_on_products_with_custom_product_price": pricing.applies_to_overridden_price,
        "promotions_triggered_by_products_with_zero_product_price": pricing.triggered_by_zero_price,
        "number_of_coupons_allowed_at_checkout": pricing.coupons_allowed,
        "promotions_applied_on_original_product_price": pricing.applies_to_original_price,
    });
    Json(body).into_response()
}
