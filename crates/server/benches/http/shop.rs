//! The cart that is priced, and the promotions beside which it is.

use engine::document::Context;
use engine::money::Currency;
use engine::promotion::parse;
use jiff::Timestamp;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};
use server::platform::db::{Db, WriteError};
use server::platform::ids::StoreId;

const LINES: u64 = 20;
const RULES: u64 = 10;
const ROWS_IN_ONE_STATEMENT: usize = 500;

/// A cart of 20 lines that bring all their facts.
pub(super) fn cart() -> Value {
    let lines: Vec<Value> = (0..LINES).map(line).collect();
    json!({"cart": {"currency": "USD", "lines": lines}})
}

fn line(number: u64) -> Value {
    json!({
        "id": (number + 1).to_string(), "product_id": number * 37 + 1, "variant_id": 5000 + number,
        "quantity": 1 + number % 3, "price": format!("{}.95", 10 + number),
        "category_ids": [number % 7 + 1, 30], "brand_id": number % 5 + 1,
        "options": {"Size": "XS", "Color": "Red"}, "custom_fields": {"Gender": "Mens"}, "gift_card": false,
    })
}

/// A promotion of ten products of its own, each with its own rule: of however many, the same twenty concern the cart.
fn promotion(number: u32) -> Value {
    let rule = |rule: u64| {
        let items = json!({"products": [u64::from(number) * RULES + rule + 1]});
        let discount = json!({"percentage_amount": (5 + rule).to_string()});
        json!({
            "condition": {"cart": {"items": items, "minimum_quantity": 1 + rule % 3}},
            "action": {"cart_items": {"discount": discount, "items": items}},
        })
    };
    let rules: Vec<Value> = (0..RULES).map(rule).collect();
    json!({"name": format!("Promotion {number}"), "redemption_type": "AUTOMATIC", "rules": rules})
}

/// Keeps so many promotions, in far fewer writes than requests would make.
pub(super) async fn fill(db: &Db, store: StoreId, promotions: u32) -> anyhow::Result<()> {
    let default_currency = Currency::parse("USD").ok_or_else(|| anyhow::anyhow!("no dollars"))?;
    let now = Timestamp::UNIX_EPOCH;
    let numbers: Vec<u32> = (0..promotions).collect();
    for numbers in numbers.chunks(ROWS_IN_ONE_STATEMENT) {
        let mut values = Vec::new();
        let mut rows = Vec::new();
        for number in numbers {
            let parsed = parse(&promotion(*number), &Context { default_currency, now });
            let parsed = parsed.map_err(|problems| anyhow::anyhow!("{problems:?}"))?;
            let at = values.len();
            rows.push(format!(
                "(${}, ${}, ${}, '', 'AUTOMATIC', 'active', '*', 0, 0, ${}, 'demo', 1, 0, 0)",
                at + 1,
                at + 2,
                at + 3,
                at + 4
            ));
            values.extend::<[sea_orm::Value; 4]>([
                store.0.into(),
                i64::from(*number + 1).into(),
                parsed.promotion.name.into(),
                parsed.document.to_string().into(),
            ]);
        }
        let sql = format!(
            "INSERT INTO promotion (store_id, id, name, name_folded, redemption_type, status, currency_code, \
             start_at, priority, definition, created_from, rev, created_at, updated_at) VALUES {}",
            rows.join(", ")
        );
        let statement = Statement::from_sql_and_values(db.backend(), sql, values);
        db.write(move |tx| {
            Box::pin(async move {
                tx.execute_raw(statement).await?;
                Ok::<_, WriteError>(())
            })
        })
        .await?;
    }
    Ok(())
}
