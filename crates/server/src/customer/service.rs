//! What can be done with customers: take the storefront's, show them, and give what pricing asks about one.

use engine::cart::Customer as Known;
use serde_json::json;

use super::rest::{Customer, CustomerGroup, Segment};
use super::store::{self, customer, customer_group};
use crate::activity::{self, Action, Author, Change, Kind, Object};
use crate::platform::db::{Connection, Db, Transaction, rows};
use crate::platform::http::{Errors, List, Page, Problem, check_bulk, check_bulk_of};
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
        phone: row.phone,
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
        item.check(&format!("/items/{index}"), &mut errors);
    }
    errors.finish()?;
    let count = items.len();
    let ids: Vec<i64> = items.iter().map(|item| item.id).collect();
    db.write(move |tx| {
        Box::pin(async move {
            keep_groups(tx, store, items).await?;
            activity::record(tx, &author, Change::upserted(Kind::CustomerGroup, &ids)).await
        })
    })
    .await?;
    Ok(count)
}

/// Keeps checked groups.
pub async fn keep_groups(tx: &Transaction, store: StoreId, items: Vec<CustomerGroup>) -> Result<(), Problem> {
    let rows: Vec<customer_group::Model> = items.into_iter().map(|item| item.into_row(store)).collect();
    Ok(rows::upsert::<customer_group::ActiveModel>(tx, rows).await?)
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
    db.write(move |tx| {
        Box::pin(async move {
            keep_customers(tx, store, items).await?;
            activity::record(tx, &author, Change::upserted(Kind::Customer, &ids)).await
        })
    })
    .await?;
    Ok(count)
}

/// Keeps checked customers.
pub async fn keep_customers(tx: &Transaction, store: StoreId, items: Vec<Customer>) -> Result<(), Problem> {
    let rows = items.into_iter().map(|item| item.into_row(store));
    let rows: Vec<customer::Model> = rows.collect::<Result<_, Problem>>()?;
    Ok(rows::upsert::<customer::ActiveModel>(tx, rows).await?)
}

/// Adds or replaces segments; returns how many.
pub async fn upsert_segments(db: &Db, author: &Author, items: Vec<Segment>) -> Result<usize, Problem> {
    let (store, author) = (author.store, author.clone());
    let mut errors = Errors::default();
    check_bulk_of(&items, |item| item.id.clone(), &mut errors);
    for (index, item) in items.iter().enumerate() {
        item.check(&format!("/items/{index}"), &mut errors);
    }
    errors.finish()?;
    let count = items.len();
    let ids: Vec<String> = items.iter().map(|item| item.id.clone()).collect();
    db.write(move |tx| {
        Box::pin(async move {
            keep_segments(tx, store, items).await?;
            activity::record(tx, &author, Change::upserted(Kind::Segment, &ids)).await
        })
    })
    .await?;
    Ok(count)
}

/// Keeps checked segments.
pub async fn keep_segments(tx: &Transaction, store: StoreId, items: Vec<Segment>) -> Result<(), Problem> {
    let rows = items.into_iter().map(|item| item.into_row(store)).collect();
    Ok(store::upsert_segments(tx, rows).await?)
}

/// A page of the segments.
pub async fn segments(db: &Db, store: StoreId, page: &Page<String>) -> Result<List<Segment>, Problem> {
    let rows = store::segments(db.read(), store, page.after.as_deref(), page.fetch()).await?;
    Ok(page.list(rows, |row| row.id.clone(), Segment::from))
}

/// One segment.
pub async fn segment(db: &Db, store: StoreId, id: String) -> Result<Segment, Problem> {
    let row = store::segment(db.read(), store, id.clone()).await?;
    row.map(Segment::from).ok_or_else(|| Problem::not_found("segment", id))
}

/// Removes a segment: customers are no longer in it.
pub async fn delete_segment(db: &Db, author: &Author, id: String) -> Result<(), Problem> {
    let (store, author) = (author.store, author.clone());
    let as_json = serde_json::to_string(&id).map_err(Problem::internal)?;
    let change = Change::new(Object::all(Kind::Segment), Action::Deleted).from(json!({"id": id}));
    db.write(move |tx| {
        Box::pin(async move {
            match store::delete_segment(tx, store, id, as_json).await? {
                true => activity::record(tx, &author, change).await,
                false => Ok(()),
            }
        })
    })
    .await
}

/// Removes a customer's record.
pub async fn delete_customer(db: &Db, author: &Author, id: i64) -> Result<(), Problem> {
    let (store, author) = (author.store, author.clone());
    db.write(move |tx| {
        Box::pin(async move {
            match store::delete_customer(tx, store, id).await? {
                true => activity::record(tx, &author, Change::deleted(Kind::Customer, id)).await,
                false => Ok(()),
            }
        })
    })
    .await
}

/// Removes a group: its customers are in none from now on.
pub async fn delete_group(db: &Db, author: &Author, id: i64) -> Result<(), Problem> {
    let (store, author) = (author.store, author.clone());
    db.write(move |tx| {
        Box::pin(async move {
            match store::delete_group(tx, store, id).await? {
                true => activity::record(tx, &author, Change::deleted(Kind::CustomerGroup, id)).await,
                false => Ok(()),
            }
        })
    })
    .await
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
