//! Rows of orders and of what belongs to them.

mod whole;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value};

use crate::platform::db::Transaction;
use crate::platform::db::bulk::{Insert, Question, Row, Rows, for_update, with_texts};
use crate::platform::ids::StoreId;

pub(super) use whole::{find_many, whole};

/// Declares a table's row: its columns are read, and written, by their names and in this order.
macro_rules! row {
    ($(#[$doc:meta])* $name:ident, $insert:ident, $table:literal { $($column:ident: $kind:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, FromQueryResult)]
        pub(super) struct $name { $(pub(super) $column: $kind,)+ }

        pub(super) static $insert: Insert = Insert {
            table: $table,
            columns: &["store_id", $(stringify!($column),)+],
            on_conflict: "",
        };

        impl $name {
            const COLUMNS: &'static [&'static str] = &[$(stringify!($column),)+];

            /// As it is added.
            pub(super) fn values(&self, store: StoreId) -> Vec<Value> {
                vec![store.0.into(), $(self.$column.clone().into(),)+]
            }
        }
    };
}

row! {
    /// An order.
    OrderRow, ORDER, "orders" {
        id: i64,
        reference: Option<String>,
        group_key: Option<String>,
        cart_id: Option<String>,
        fingerprint: String,
        status: String,
        channel_id: Option<i64>,
        customer_id: Option<i64>,
        customer_email: Option<String>,
        currency: String,
        subtotal: i64,
        item_discount: i64,
        order_discount: i64,
        shipping_discount: i64,
        manual_discount: i64,
        shipping_cost: i64,
        shipping_paid: i64,
        tax: Option<i64>,
        prices_include_tax: bool,
        total: i64,
        gift_card: i64,
        store_credit: i64,
        due: i64,
        goods_refunded: i64,
        shipping_refunded: i64,
        payment_method: Option<String>,
        payment_terms: Option<String>,
        due_date: Option<String>,
        day: String,
        ruleset: String,
        evaluation_id: String,
        rev: i64,
        placed_at: i64,
        updated_at: i64,
        fulfilled_at: Option<i64>,
        cancelled_at: Option<i64>,
        refunded_at: Option<i64>,
    }
}

row! {
    /// A line of an order.
    LineRow, LINE, "order_line" {
        order_id: i64,
        position: i64,
        line_id: String,
        product_id: i64,
        variant_id: Option<i64>,
        brand_id: Option<i64>,
        seller_id: Option<i64>,
        category_ids: String,
        is_gift_card: bool,
        quantity: i64,
        price: i64,
        subtotal: i64,
        discount: i64,
        manual_discount: i64,
        total: i64,
        tax: Option<i64>,
        cost: Option<i64>,
        units: String,
        returned: i64,
    }
}

row! {
    /// What a rule took off a line, or off shipping.
    DiscountRow, DISCOUNT, "order_discount" {
        order_id: i64,
        position: i64,
        line_position: Option<i64>,
        promotion_id: i64,
        rule: Option<i64>,
        code: Option<String>,
        scope: String,
        amount: i64,
        units: i64,
    }
}

row! {
    /// A gift that came with an order.
    GiftRow, GIFT, "order_gift" {
        order_id: i64,
        key: String,
        promotion_id: i64,
        product_id: Option<i64>,
        variant_id: Option<i64>,
        quantity: i64,
    }
}

row! {
    /// An order as one seller sees it.
    PartRow, PART, "order_part" {
        order_id: i64,
        seller_id: i64,
        lines: i64,
        subtotal: i64,
        discount: i64,
        total: i64,
    }
}

row! {
    /// By what an order was paid.
    TenderRow, TENDER, "order_tender" {
        order_id: i64,
        position: i64,
        kind: String,
        account_id: Option<i64>,
        last_four: Option<String>,
        amount: i64,
        refunded: i64,
    }
}

row! {
    /// What was paid back.
    RefundRow, REFUND, "order_refund" {
        order_id: i64,
        id: i64,
        goods: i64,
        shipping: i64,
        lines: String,
        tenders: String,
        reason: Option<String>,
        created_at: i64,
    }
}

/// An order with all that belongs to it, in order.
#[derive(Clone, Debug)]
pub(super) struct OrderRows {
    pub(super) order: OrderRow,
    pub(super) lines: Vec<LineRow>,
    pub(super) discounts: Vec<DiscountRow>,
    pub(super) gifts: Vec<GiftRow>,
    pub(super) parts: Vec<PartRow>,
    pub(super) tenders: Vec<TenderRow>,
    pub(super) refunds: Vec<RefundRow>,
}

impl OrderRows {
    /// As they are added, table by table.
    pub(super) fn added(&self, store: StoreId) -> Vec<Rows> {
        fn all<T>(rows: &[T], values: impl Fn(&T) -> Row) -> Vec<Row> {
            rows.iter().map(values).collect()
        }
        let tables: [Rows; 6] = [
            (&ORDER, vec![self.order.values(store)]),
            (&LINE, all(&self.lines, |row| row.values(store))),
            (&DISCOUNT, all(&self.discounts, |row| row.values(store))),
            (&GIFT, all(&self.gifts, |row| row.values(store))),
            (&PART, all(&self.parts, |row| row.values(store))),
            (&TENDER, all(&self.tenders, |row| row.values(store))),
        ];
        tables.into_iter().filter(|(_, rows)| !rows.is_empty()).collect()
    }
}

async fn all<T: FromQueryResult, C: ConnectionTrait>(
    db: &C,
    sql: String,
    values: Vec<Value>,
) -> Result<Vec<T>, DbErr> {
    T::find_by_statement(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).all(db).await
}

async fn execute(tx: &Transaction, sql: &str, values: Vec<Value>) -> Result<(), DbErr> {
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    Ok(())
}

/// The order with this id; held until the transaction ends when `is_held`.
pub(super) async fn find<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    id: i64,
    is_held: bool,
) -> Result<Option<OrderRow>, DbErr> {
    let lock = if is_held { for_update(db.get_database_backend()) } else { "" };
    let columns = OrderRow::COLUMNS.join(", ");
    let sql = format!("SELECT {columns} FROM orders WHERE store_id = $1 AND id = $2{lock}");
    Ok(all(db, sql, vec![store.0.into(), id.into()]).await?.pop())
}

/// An order as others know it.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct NamedRow {
    pub(super) reference: String,
    pub(super) id: i64,
    pub(super) fingerprint: String,
}

/// The orders with these names.
pub(super) fn ask_named<C: ConnectionTrait>(db: &C, store: StoreId, references: &[&str]) -> Question {
    let sql = format!(
        "SELECT reference, id, fingerprint {}",
        with_texts(db.get_database_backend(), "orders", "reference", "$2", "TRUE")
    );
    let json = serde_json::to_string(references).unwrap_or_default();
    (sql, vec![store.0.into(), json.into()])
}

/// Which orders a list shows.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    pub(super) status: Option<String>,
    pub(super) customer: Option<i64>,
    pub(super) channel: Option<i64>,
    pub(super) promotion: Option<i64>,
    pub(super) seller: Option<i64>,
    pub(super) reference: Option<String>,
    pub(super) placed_from: Option<i64>,
    pub(super) placed_to: Option<i64>,
}

/// Orders, the newest first, before the id `before`.
pub(super) async fn list<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    filter: &Filter,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<OrderRow>, DbErr> {
    let mut values: Vec<Value> = vec![store.0.into()];
    let mut conditions = vec!["store_id = $1".to_owned()];
    let mut add = |condition: &str, value: Option<Value>| {
        if let Some(value) = value {
            values.push(value);
            conditions.push(condition.replace('?', &format!("${}", values.len())));
        }
    };
    add("id < ?", before.map(Into::into));
    add("status = ?", filter.status.clone().map(Into::into));
    add("customer_id = ?", filter.customer.map(Into::into));
    add("channel_id = ?", filter.channel.map(Into::into));
    add("reference = ?", filter.reference.clone().map(Into::into));
    add("placed_at >= ?", filter.placed_from.map(Into::into));
    add("placed_at < ?", filter.placed_to.map(Into::into));
    add(
        "EXISTS (SELECT 1 FROM order_discount d WHERE d.store_id = orders.store_id AND d.order_id = orders.id \
         AND d.promotion_id = ?)",
        filter.promotion.map(Into::into),
    );
    add(
        "EXISTS (SELECT 1 FROM order_part p WHERE p.store_id = orders.store_id AND p.order_id = orders.id \
         AND p.seller_id = ?)",
        filter.seller.map(Into::into),
    );
    let (columns, conditions) = (OrderRow::COLUMNS.join(", "), conditions.join(" AND "));
    let sql = format!("SELECT {columns} FROM orders WHERE {conditions} ORDER BY id DESC LIMIT {limit}");
    all(db, sql, values).await
}

/// Keeps what changes of an order after it was placed.
pub(super) async fn update(tx: &Transaction, store: StoreId, row: &OrderRow) -> Result<(), DbErr> {
    let sql = "UPDATE orders SET status = $3, goods_refunded = $4, shipping_refunded = $5, payment_method = $6, \
               payment_terms = $7, due_date = $8, rev = $9, updated_at = $10, fulfilled_at = $11, \
               cancelled_at = $12, refunded_at = $13 WHERE store_id = $1 AND id = $2";
    let values = vec![
        store.0.into(),
        row.id.into(),
        row.status.clone().into(),
        row.goods_refunded.into(),
        row.shipping_refunded.into(),
        row.payment_method.clone().into(),
        row.payment_terms.clone().into(),
        row.due_date.clone().into(),
        row.rev.into(),
        row.updated_at.into(),
        row.fulfilled_at.into(),
        row.cancelled_at.into(),
        row.refunded_at.into(),
    ];
    execute(tx, sql, values).await
}

/// Keeps how many units of a line came back.
pub(super) async fn update_returned(tx: &Transaction, store: StoreId, row: &LineRow) -> Result<(), DbErr> {
    let sql = "UPDATE order_line SET returned = $4 WHERE store_id = $1 AND order_id = $2 AND position = $3";
    let values = vec![store.0.into(), row.order_id.into(), row.position.into(), row.returned.into()];
    execute(tx, sql, values).await
}

/// Keeps how much of a tender was paid back.
pub(super) async fn update_refunded(tx: &Transaction, store: StoreId, row: &TenderRow) -> Result<(), DbErr> {
    let sql = "UPDATE order_tender SET refunded = $4 WHERE store_id = $1 AND order_id = $2 AND position = $3";
    let values = vec![store.0.into(), row.order_id.into(), row.position.into(), row.refunded.into()];
    execute(tx, sql, values).await
}

/// Keeps a refund.
pub(super) async fn insert_refund(tx: &Transaction, store: StoreId, row: &RefundRow) -> Result<(), DbErr> {
    REFUND.rows(tx, vec![row.values(store)]).await
}

/// Orders of a store from an id on, for verification.
pub(super) async fn page<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    after: i64,
    limit: u64,
) -> Result<Vec<OrderRow>, DbErr> {
    let columns = OrderRow::COLUMNS.join(", ");
    let sql =
        format!("SELECT {columns} FROM orders WHERE store_id = $1 AND id > $2 ORDER BY id LIMIT {limit}");
    all(db, sql, vec![store.0.into(), after.into()]).await
}
