//! Lines of a cart as compact text: `7 x 2 @ 10.00 [cat=1,2 brand=3]`.

use engine::cart::Line;
use engine::money::{Currency, Minor, Rate};

/// Reads lines that stand one under the other or are separated by `;`.
///
/// In brackets: `cat=1,2`, `brand=3`, `seller=4`, `variant=71`, `sale=12.00` (the price when it is not on
/// sale), `cost=4.00`, `floor=5.00`, `tax=19`, `opt.Size=XS`, `field.Gender=Mens`, `gift_card`, `overridden`; values
/// with spaces stand in double quotes.
///
/// Errors: the line, and what is wrong with it.
pub(super) fn lines(text: &str, currency: Currency) -> Result<Vec<Line>, String> {
    let lines = text.split([';', '\n']).map(str::trim).filter(|line| !line.is_empty());
    let numbered = (1_u32..).zip(lines);
    let read = |(id, text): (u32, &str)| {
        let line = line(text, currency).map_err(|problem| format!("the cart's line `{text}` {problem}"))?;
        Ok(Line { id: id.to_string(), ..line })
    };
    numbered.map(read).collect()
}

fn line(text: &str, currency: Currency) -> Result<Line, String> {
    let (goods, facts) = text.split_once('[').unwrap_or((text, "]"));
    let facts = facts.strip_suffix(']').ok_or("has no `]` at its end")?;
    let shape = "must begin like `7 x 2 @ 10.00`: product x quantity @ price";
    let (product, rest) = goods.split_once('x').ok_or(shape)?;
    let (quantity, price) = rest.split_once('@').ok_or(shape)?;
    let mut line = Line {
        product: number(product)?,
        quantity: number(quantity)?.try_into().map_err(|_| "has too many units")?,
        price: money(price, currency)?,
        ..Line::default()
    };
    for fact in words(facts) {
        let (name, value) = fact.split_once('=').unwrap_or((&fact, ""));
        let pair = |name: &str| (name.to_owned(), value.to_owned());
        match name {
            "cat" => line.categories = value.split(',').map(number).collect::<Result<_, _>>()?,
            "brand" => line.brand = Some(number(value)?),
            "seller" => line.seller = Some(number(value)?),
            "variant" => line.variant = Some(number(value)?),
            "sale" => line.list_price = Some(money(value, currency)?),
            "cost" => line.cost = Some(money(value, currency)?),
            "floor" => line.floor_price = Some(money(value, currency)?),
            "tax" => line.tax_rate = Some(rate(value)?),
            "gift_card" => line.is_gift_card = true,
            "overridden" => line.is_price_overridden = true,
            _ => match (name.strip_prefix("opt."), name.strip_prefix("field.")) {
                (Some(option), _) => line.options.push(pair(option)),
                (_, Some(field)) => line.custom_fields.push(pair(field)),
                _ => return Err(format!("has the fact `{fact}`, which nothing knows")),
            },
        }
    }
    Ok(line)
}

fn number(text: &str) -> Result<u64, String> {
    text.trim().parse().map_err(|_| format!("has `{}` where a number should be", text.trim()))
}

fn rate(text: &str) -> Result<Rate, String> {
    Rate::parse(text).map_err(|error| format!("has the percentage `{text}`, which {error}"))
}

fn money(text: &str, currency: Currency) -> Result<Minor, String> {
    Minor::parse(text.trim(), currency)
        .map_err(|error| format!("has the amount `{}`, which {error}", text.trim()))
}

/// Words between spaces; double quotes keep spaces together.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut is_quoted) = (Vec::new(), String::new(), false);
    for letter in text.chars().chain([' ']) {
        match letter {
            '"' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(std::mem::take(&mut word)),
            letter => word.push(letter),
        }
    }
    words.retain(|word: &String| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_with_all_its_facts() {
        let usd = Currency::parse("USD").unwrap();
        let facts = "cat=1,2 brand=3 seller=4 variant=71 sale=12.00 opt.Size=\"Extra Small\" overridden";
        let text = format!("7 x 2 @ 10.00 [{facts}]; 8x1@5");
        let lines = lines(&text, usd).unwrap();
        assert_eq!((lines[0].product, lines[0].quantity, lines[0].price), (7, 2, Minor::new(1000)));
        assert_eq!(
            (lines[0].categories.as_slice(), lines[0].brand, lines[0].seller),
            (&[1, 2][..], Some(3), Some(4))
        );
        assert_eq!((lines[0].variant, lines[0].is_on_sale()), (Some(71), true));
        assert_eq!(lines[0].options, [("Size".to_owned(), "Extra Small".to_owned())]);
        assert!(lines[0].is_price_overridden && !lines[0].is_gift_card);
        assert_eq!((lines[1].id.as_str(), lines[1].price), ("2", Minor::new(500)));
    }

    #[test]
    fn what_is_wrong_with_a_line_is_told_with_the_line() {
        let usd = Currency::parse("USD").unwrap();
        let problem = |text| lines(text, usd).unwrap_err();
        assert!(problem("7 x two @ 1.00").contains("`7 x two @ 1.00` has `two` where a number should be"));
        assert!(problem("7 x 1 @ 1.00 [colour=red]").contains("`colour=red`"));
        assert!(problem("7").contains("must begin like"));
    }
}
