//! How a store prices: the few switches that hold for all its promotions.

use jiff::tz::TimeZone;

use crate::money::{Currency, Rate};

/// A store's settings, as far as pricing is concerned.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The store's own currency.
    pub currency: Currency,
    /// The zone in which promotion schedules are meant.
    pub time_zone: TimeZone,
    /// How many coupon codes a cart may use, 1 to 100.
    pub coupons_allowed: u32,
    /// Whether lines with an overridden price take part in promotions.
    pub applies_to_overridden_price: bool,
    /// Whether units that cost nothing can fulfil a condition.
    pub triggered_by_zero_price: bool,
    /// Whether automatic promotions each discount the original price (independent) instead of what earlier
    /// promotions left (cumulative). Coupons always discount what is left.
    pub applies_to_original_price: bool,
    /// Whether a percentage rounds the price that is left half up, instead of the discount.
    pub rounds_price: bool,
    /// The country in which the store is: what is sent there is domestic. ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// The most that promotions take off a line, all together.
    pub maximum_discount: Option<Rate>,
    /// What lines always cost above their own cost.
    pub minimum_margin: Option<Rate>,
    /// Whether gift cards pay for gift cards that are bought.
    pub gift_cards_buy_gift_cards: bool,
    /// From which share of a cart on a worst case is worth a warning when a promotion is saved.
    pub worst_case: Rate,
}

impl Settings {
    /// The settings of a new store.
    pub fn new(currency: Currency, time_zone: TimeZone) -> Self {
        Self {
            currency,
            time_zone,
            coupons_allowed: 1,
            applies_to_overridden_price: false,
            triggered_by_zero_price: false,
            applies_to_original_price: true,
            rounds_price: false,
            country: None,
            maximum_discount: None,
            minimum_margin: None,
            gift_cards_buy_gift_cards: false,
            // Above what buying two for one gives, which is meant.
            worst_case: Rate::percent(60),
        }
    }
}
