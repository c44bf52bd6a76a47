//! An order as it was paid.

use crate::cart::Cart;
use crate::money::Minor;
use crate::promotion::{Evaluation, Gift, UnitPrice};

/// What was paid for an order, in single units.
///
/// Units: minor units of the order's currency. Its amounts keep to the limits of
/// [`Cart::check_limits`](crate::cart::Cart::check_limits), so that no sum overflows.
#[derive(Clone, Debug, Default)]
pub struct Order {
    /// The lines.
    pub lines: Vec<OrderLine>,
    /// The gifts that came with it.
    pub gifts: Vec<OrderGift>,
    /// What was paid for shipping, added tax included.
    pub shipping: Minor,
    /// Whether the prices of units include tax; otherwise the tax of a line was paid on top of them.
    pub prices_include_tax: bool,
}

/// A line of an order.
#[derive(Clone, Debug, Default)]
pub struct OrderLine {
    /// The storefront's own name for the line.
    pub id: String,
    /// What its single units cost after all discounts, dearest first.
    pub units: Vec<UnitPrice>,
    /// The tax on the whole line; `None` when it was not told.
    pub tax: Option<Minor>,
}

/// A gift that came with an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderGift {
    /// Names the gift, as [`Gift::key`] does.
    pub key: String,
    /// How many units.
    pub quantity: u64,
    /// What one unit is worth when it has to be paid for after all.
    pub value: Minor,
}

impl Order {
    /// The order that an evaluation became. `value_of` says what one unit of a gift is worth.
    ///
    /// ```
    /// use engine::{cart::{Cart, Line}, money::{Currency, Minor}, promotion::*, returns::Order};
    /// use engine::settings::Settings;
    /// let usd = Currency::parse("USD").unwrap();
    /// let (ruleset, _) = Ruleset::compile(Settings::new(usd, jiff::tz::TimeZone::UTC), &[]);
    /// let line = Line { id: "1".into(), product: 7, quantity: 2, price: Minor::new(3000), ..Line::default() };
    /// let cart = Cart::new(usd, vec![line]);
    /// let evaluation = evaluate(&ruleset, &cart, &Facts::default(), jiff::Timestamp::UNIX_EPOCH, Told::Matching);
    /// let order = Order::committed(&cart, &evaluation, |_gift| Minor::ZERO);
    /// assert_eq!(order.paid(), Minor::new(6000));
    /// ```
    pub fn committed(cart: &Cart, evaluation: &Evaluation, value_of: impl Fn(&Gift) -> Minor) -> Self {
        let prices_include_tax = cart.tax.prices_include_tax;
        let lines = cart.lines.iter().zip(&evaluation.lines).map(|(line, result)| OrderLine {
            id: line.id.clone(),
            units: result.units.clone(),
            tax: result.tax,
        });
        let gifts = evaluation.gifts.iter().map(|gift| OrderGift {
            key: gift.key.clone(),
            quantity: gift.quantity,
            value: value_of(gift),
        });
        let shipping = evaluation.shipping.as_ref().map_or(Minor::ZERO, |shipping| {
            let added = shipping.tax.filter(|_| !prices_include_tax).unwrap_or(Minor::ZERO);
            shipping.total + added
        });
        Self { lines: lines.collect(), gifts: gifts.collect(), shipping, prices_include_tax }
    }

    /// What was paid for all lines, added tax included.
    ///
    /// ```
    /// use engine::{money::Minor, promotion::UnitPrice, returns::{Order, OrderLine}};
    /// let units = vec![UnitPrice { price: Minor::new(1000), units: 2 }];
    /// let line = OrderLine { id: "1".into(), units, tax: Some(Minor::new(380)) };
    /// let order = Order { lines: vec![line], ..Order::default() };
    /// assert_eq!(order.goods(), Minor::new(2380));
    /// ```
    pub fn goods(&self) -> Minor {
        self.lines.iter().map(|line| self.price_of(line, line.quantity())).sum()
    }

    /// What was paid in all: lines, shipping and added tax.
    ///
    /// ```
    /// use engine::{money::Minor, returns::Order};
    /// let order = Order { shipping: Minor::new(995), ..Order::default() };
    /// assert_eq!(order.paid(), Minor::new(995));
    /// ```
    pub fn paid(&self) -> Minor {
        self.goods() + self.shipping
    }

    /// What the first `units` units of a line cost, added tax included.
    pub(super) fn price_of(&self, line: &OrderLine, units: u32) -> Minor {
        let tax = line.tax_of(units).filter(|_| !self.prices_include_tax);
        line.goods_of(units) + tax.unwrap_or(Minor::ZERO)
    }
}

impl OrderLine {
    /// How many units it has.
    ///
    /// ```
    /// use engine::{money::Minor, promotion::UnitPrice, returns::OrderLine};
    /// let price = |price, units| UnitPrice { price: Minor::new(price), units };
    /// let line = OrderLine { units: vec![price(1000, 2), price(0, 1)], ..OrderLine::default() };
    /// assert_eq!(line.quantity(), 3);
    /// ```
    pub fn quantity(&self) -> u32 {
        self.units.iter().map(|unit| unit.units).sum()
    }

    /// What its first `units` units cost: those come back first, dearest first.
    pub(super) fn goods_of(&self, units: u32) -> Minor {
        let mut left = units;
        let mut sum = Minor::ZERO;
        for same in &self.units {
            let taken = left.min(same.units);
            sum += same.price * i64::from(taken);
            left -= taken;
        }
        sum
    }

    /// The tax on its first `units` units, by what they cost, rounded half up; all of it with the last one.
    pub(super) fn tax_of(&self, units: u32) -> Option<Minor> {
        let part = self.goods_of(units).get().unsigned_abs();
        let whole = self.goods_of(self.quantity()).get().unsigned_abs();
        self.tax.map(|tax| tax.share(part, whole))
    }
}
