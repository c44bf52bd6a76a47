//! What can be done with customers: take the storefront's, show them, and give what pricing asks about one.

use engine::cart::Customer as Known;

use super::rest::{Customer, CustomerGroup};
use super::store::{customer, customer_group};
use crate::activity::{self, Author, Change, Kind};
use crate::platform::db::{Connection, Db, rows};
use crate::platform::http::{Errors, List, Page, Problem, check_bulk};
use crate::platform::ids::StoreId;

/// What pricing asks about a customer; `None` when the storefront has not told of one with this id.
pub async fn find(db: &impl Connection, store: StoreId, id: u64) -> Result<Option<Known>, Problem> {
    // What does not fit is no id of anyone.
    let Ok(key) = i64::try_from(id) else { return Ok(None) };
    let Some(row) = rows::by_id::<customer::Entity>(db, store, key).await? else { return Ok(None) };
    Ok(Some(Known {
        id: Some(id),
        group: row.group_id.map(i64::unsigned_abs),
        segments: serde_json::from_str(&row.segment_ids).map_err(Problem::internal)?,
        order_count: row.order_count.unsigned_abs(),
        loyalty_tier: row.loyalty_tier,
        email: row.email,
        phone: None,
    }))
}

/// The names of these groups, as far as the storefront has told them.
pub async fn group_names(
    db: &impl Connection,
    store: StoreId,
    ids: Vec<i64>,
) -> Result<Vec<(i64, String)>, Problem> {
    let rows = rows::by_ids::<customer_group::Entity>(db, store, ids).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Adds or replaces groups; returns how many.
pub async fn upsert_groups(db: &Db, author: &Author, items: Vec<CustomerGroup>) -> Result<usize, Problem> {
    let (store, author) = (author.store, author.clone());
    let mut errors = Errors::default();
    check_bulk(&items, |item| item.id, &mut errors);
    for (index, item) in items.iter().enumerate() {
        errors.text(format_args!("/items/{index}/name"), &item.name);
    }
    errors.finish()?;
    let count = items.len();
    let ids: Vec<i64> = items.iter().map(|item| item.id).collect();
    let rows: Vec<customer_group::Model> = items.into_iter().map(|item| item.into_row(store)).collect();
    db.write(move |tx| {
        Box::pin(async move {
            rows::upsert::<customer_group::ActiveModel>(tx, rows).await?;
            activity::record(tx, &author, Change::upserted(Kind::CustomerGroup, &ids)).await
        })
    })
    .await?;
    Ok(count)
}

/// Adds or replaces customers; returns how many.
pub async fn upsert_customers(db: &Db, author: &Author, items: Vec<Customer>) -> Result<usize, Problem> {
    let (store, author) = (author.store, author.clone());
    let mut errors = Errors::default();
    check_bulk(&items, |item| item.id, &mut errors);
    for (index, item) in items.iter().enumerate() {
        item.check(&format!("/items/{index}"), &mut errors);
    }
    errors.finish()?;
    let count = items.len();
    let ids: Vec<i64> = items.iter().map(|item| item.id).collect();
    let rows = items.into_iter().map(|item| item.into_row(store));
    let rows: Vec<customer::Model> = rows.collect::<Result<_, Problem>>()?;
    db.write(move |tx| {
        Box::pin(async move {
            rows::upsert::<customer::ActiveModel>(tx, rows).await?;
            activity::record(tx, &author, Change::upserted(Kind::Customer, &ids)).await
        })
    })
    .await?;
    Ok(count)
}

/// A page of the groups.
pub async fn groups(db: &Db, store: StoreId, page: &Page<i64>) -> Result<List<CustomerGroup>, Problem> {
    let rows = rows::page::<customer_group::Entity>(db.read(), store, page.after, page.fetch()).await?;
    Ok(page.list(rows, |row| row.id, CustomerGroup::from))
}

/// One group.
pub async fn group(db: &Db, store: StoreId, id: i64) -> Result<CustomerGroup, Problem> {
    let row = rows::by_id::<customer_group::Entity>(db.read(), store, id).await?;
    row.map(CustomerGroup::from).ok_or_else(|| Problem::not_found("customer group", id))
}

/// A page of the customers.
pub async fn customers(db: &Db, store: StoreId, page: &Page<i64>) -> Result<List<Customer>, Problem> {
    let rows = rows::page::<customer::Entity>(db.read(), store, page.after, page.fetch()).await?;
    let List { data, next_cursor } = page.list(rows, |row| row.id, Customer::from_row);
    Ok(List { data: data.into_iter().collect::<Result<_, Problem>>()?, next_cursor })
}

/// One customer.
pub async fn customer(db: &Db, store: StoreId, id: i64) -> Result<Customer, Problem> {
    let row = rows::by_id::<customer::Entity>(db.read(), store, id).await?;
    Customer::from_row(row.ok_or_else(|| Problem::not_found("customer", id))?)
}

/// The customers with these ids, in no order; those that do not exist are left out.
pub async fn customers_by_ids<C: Connection>(
    db: &C,
    store: StoreId,
    ids: &[i64],
) -> Result<Vec<Customer>, Problem> {
    let rows = rows::by_ids::<customer::Entity>(db, store, ids.iter().copied()).await?;
    rows.into_iter().map(Customer::from_row).collect()
}

/// The same for groups.
pub async fn groups_by_ids<C: Connection>(
    db: &C,
    store: StoreId,
    ids: &[i64],
) -> Result<Vec<CustomerGroup>, Problem> {
    let rows = rows::by_ids::<customer_group::Entity>(db, store, ids.iter().copied()).await?;
    Ok(rows.into_iter().map(CustomerGroup::from).collect())
}
