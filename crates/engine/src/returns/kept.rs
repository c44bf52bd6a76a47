//! The goods that are kept, as a cart to be priced again.

use super::refund::Returned;
use crate::cart::{Cart, Line, ManualDiscount};

/// The cart of an order without the units that were returned; `None` when none is left.
///
/// Everything else stays as it was, so that it is priced as the order was. What staff took off a line that is gone
/// is gone with it.
///
/// ```
/// use engine::{cart::{Cart, Line}, money::{Currency, Minor}, returns::{Return, Returned, kept_cart}};
/// let line = |id: &str| Line { id: id.into(), product: 7, quantity: 2, ..Line::default() };
/// let cart = Cart::new(Currency::parse("USD").unwrap(), vec![line("1"), line("2")]);
/// let two = Return { lines: vec![("1".into(), 1), ("2".into(), 2)], ..Return::default() };
/// let kept = kept_cart(&cart, &Returned::default().with(&two)).unwrap();
/// assert_eq!((kept.lines.len(), kept.lines[0].quantity), (1, 1));
/// ```
pub fn kept_cart(cart: &Cart, returned: &Returned) -> Option<Cart> {
    let kept_of =
        |line: &Line| line.quantity.saturating_sub(returned.units.get(&line.id).copied().unwrap_or(0));
    let places: Vec<Option<usize>> = cart
        .lines
        .iter()
        .scan(0, |next, line| {
            let is_kept = kept_of(line) > 0;
            let place = is_kept.then_some(*next);
            *next += usize::from(is_kept);
            Some(place)
        })
        .collect();
    let lines: Vec<Line> = cart
        .lines
        .iter()
        .filter(|line| kept_of(line) > 0)
        .map(|line| Line { quantity: kept_of(line), ..line.clone() })
        .collect();
    let manual_discounts = cart.manual_discounts.iter().filter_map(|manual| match manual.line {
        None => Some(*manual),
        Some(line) => {
            let place = places.get(line).copied().flatten()?;
            Some(ManualDiscount { line: Some(place), ..*manual })
        }
    });
    let manual_discounts = manual_discounts.collect();
    if lines.is_empty() { None } else { Some(Cart { lines, manual_discounts, ..cart.clone() }) }
}
