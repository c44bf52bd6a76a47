//! Orders with all that belongs to them, many at a time.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbErr};

use super::{DiscountRow, GiftRow, LineRow, OrderRow, OrderRows, PartRow, RefundRow, TenderRow, all};
use crate::platform::db::bulk::is_one_of_numbers;
use crate::platform::ids::StoreId;

/// The orders with these ids, in no order.
pub(in crate::order) async fn find_many<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    ids: &[i64],
) -> Result<Vec<OrderRow>, DbErr> {
    let columns = OrderRow::COLUMNS.join(", ");
    let these = is_one_of_numbers(db.get_database_backend(), "id", "$2");
    let sql = format!("SELECT {columns} FROM orders WHERE store_id = $1 AND {these}");
    let ids = serde_json::to_string(ids).unwrap_or_default();
    all(db, sql, vec![store.0.into(), ids.into()]).await
}

/// Orders with all that belongs to them, in their order: a statement for each table, however many orders there are.
pub(in crate::order) async fn whole<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    orders: Vec<OrderRow>,
) -> Result<Vec<OrderRows>, DbErr> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = orders.iter().map(|order| order.id).collect();
    let ids = serde_json::to_string(&ids).unwrap_or_default();
    let key = || vec![store.0.into(), ids.clone().into()];
    let these = is_one_of_numbers(db.get_database_backend(), "order_id", "$2");
    let sql = |columns: &[&str], table: &str, by: &str| {
        let columns = columns.join(", ");
        format!("SELECT {columns} FROM {table} WHERE store_id = $1 AND {these} ORDER BY order_id, {by}")
    };
    let mut lines = by_order(all(db, sql(LineRow::COLUMNS, "order_line", "position"), key()).await?);
    let mut discounts =
        by_order(all(db, sql(DiscountRow::COLUMNS, "order_discount", "position"), key()).await?);
    let mut gifts = by_order(all(db, sql(GiftRow::COLUMNS, "order_gift", "key"), key()).await?);
    let mut parts = by_order(all(db, sql(PartRow::COLUMNS, "order_part", "seller_id"), key()).await?);
    let mut tenders = by_order(all(db, sql(TenderRow::COLUMNS, "order_tender", "position"), key()).await?);
    let mut refunds = by_order(all(db, sql(RefundRow::COLUMNS, "order_refund", "id"), key()).await?);
    let whole = |order: OrderRow| OrderRows {
        lines: lines.remove(&order.id).unwrap_or_default(),
        discounts: discounts.remove(&order.id).unwrap_or_default(),
        gifts: gifts.remove(&order.id).unwrap_or_default(),
        parts: parts.remove(&order.id).unwrap_or_default(),
        tenders: tenders.remove(&order.id).unwrap_or_default(),
        refunds: refunds.remove(&order.id).unwrap_or_default(),
        order,
    };
    Ok(orders.into_iter().map(whole).collect())
}

/// A row that belongs to an order.
trait OfOrder {
    fn order(&self) -> i64;
}

/// Rows by the order that they belong to, in the order in which they come.
fn by_order<T: OfOrder>(rows: Vec<T>) -> HashMap<i64, Vec<T>> {
    let mut by_order: HashMap<i64, Vec<T>> = HashMap::new();
    for row in rows {
        by_order.entry(row.order()).or_default().push(row);
    }
    by_order
}

macro_rules! of_order {
    ($($name:ident),+) => {
        $(impl OfOrder for $name {
            fn order(&self) -> i64 {
                self.order_id
            }
        })+
    };
}

of_order!(LineRow, DiscountRow, GiftRow, PartRow, TenderRow, RefundRow);

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use jiff::Timestamp;

    use super::super::{Filter, REFUND, list};
    use super::*;
    use crate::access::service::create_first_store;
    use crate::platform::db::{Db, Location, Options, WriteError, migrate};

    const STORE: StoreId = StoreId::FIRST;

    fn order(id: i64) -> OrderRows {
        let order = OrderRow {
            id,
            reference: None,
            group_key: None,
            cart_id: None,
            fingerprint: String::new(),
            status: "created".to_owned(),
            channel_id: None,
            customer_id: None,
            customer_email: None,
            currency: "USD".to_owned(),
            subtotal: 0,
            item_discount: 0,
            order_discount: 0,
            shipping_discount: 0,
            manual_discount: 0,
            shipping_cost: 0,
            shipping_paid: 0,
            tax: None,
            prices_include_tax: false,
            total: 0,
            gift_card: 0,
            store_credit: 0,
            due: 0,
            goods_refunded: 0,
            shipping_refunded: 0,
            payment_method: None,
            payment_terms: None,
            due_date: None,
            day: "2026-03-01".to_owned(),
            ruleset: String::new(),
            evaluation_id: String::new(),
            rev: 1,
            placed_at: 0,
            updated_at: 0,
            fulfilled_at: None,
            cancelled_at: None,
            refunded_at: None,
        };
        let gift = |key: &str| GiftRow {
            order_id: id,
            key: key.to_owned(),
            promotion_id: id,
            product_id: None,
            variant_id: None,
            quantity: 1,
        };
        let tender = |position: i64| TenderRow {
            order_id: id,
            position,
            kind: "primary".to_owned(),
            account_id: None,
            last_four: None,
            amount: id,
            refunded: 0,
        };
        OrderRows {
            order,
            lines: Vec::new(),
            discounts: Vec::new(),
            gifts: vec![gift("a"), gift("b")],
            parts: Vec::new(),
            tenders: (0..id % 3).map(tender).collect(),
            refunds: Vec::new(),
        }
    }

    #[tokio::test]
    async fn a_page_takes_the_same_few_statements_however_many_orders_it_has() {
        let folder = tempfile::TempDir::new().unwrap();
        let location = Location::Sqlite(folder.path().join("largesse.db"));
        let db = Db::open(&Options { location, connections: 1 }).await.unwrap();
        migrate::run(&db).await.unwrap();
        create_first_store(&db, Timestamp::UNIX_EPOCH).await.unwrap();
        let kept = db.write(|tx| {
            Box::pin(async move {
                for order in (1..=30).map(order) {
                    for (insert, rows) in order.added(STORE) {
                        insert.rows(tx, rows).await?;
                    }
                }
                let refund = |id: i64| RefundRow {
                    order_id: 30,
                    id,
                    goods: id,
                    shipping: 0,
                    lines: "[]".to_owned(),
                    tenders: "[]".to_owned(),
                    reason: None,
                    created_at: 0,
                };
                REFUND.rows(tx, (1..=2).map(|id| refund(id).values(STORE)).collect()).await?;
                Ok::<_, WriteError>(())
            })
        });
        kept.await.unwrap();
        let statements = Arc::new(AtomicUsize::new(0));
        let mut counting = db.read().clone();
        counting.set_metric_callback({
            let statements = Arc::clone(&statements);
            move |_| {
                statements.fetch_add(1, Ordering::Relaxed);
            }
        });
        for orders in [3, 30] {
            statements.store(0, Ordering::Relaxed);
            let page = list(&counting, STORE, &Filter::default(), None, orders).await.unwrap();
            let page = whole(&counting, STORE, page).await.unwrap();
            assert_eq!(statements.load(Ordering::Relaxed), 7, "one for each table");
            let ids: Vec<i64> = page.iter().map(|rows| rows.order.id).collect();
            assert_eq!(ids, (31 - orders as i64..=30).rev().collect::<Vec<_>>());
            for rows in &page {
                let expected = order(rows.order.id);
                assert_eq!(rows.gifts.iter().map(|gift| &gift.key).collect::<Vec<_>>(), ["a", "b"]);
                assert!(rows.gifts.iter().all(|gift| gift.order_id == rows.order.id));
                assert_eq!(rows.tenders.len(), expected.tenders.len());
                assert!(rows.tenders.iter().all(|tender| tender.amount == rows.order.id));
                assert_eq!(rows.refunds.len(), if rows.order.id == 30 { 2 } else { 0 });
            }
        }
        assert!(whole(&counting, STORE, Vec::new()).await.unwrap().is_empty());
    }
}
