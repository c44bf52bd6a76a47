//! What can be done with sellers: take the marketplace's, show, change and remove them.

use serde_json::json;

use super::rest::Seller;
use super::store::{self, row};
use crate::activity::{self, Action, Author, Kind, Object};
use crate::catalog;
use crate::platform::db::{Connection, Db, Transaction, rows};
use crate::platform::http::{Code, Errors, List, Page, Problem, check_bulk};
use crate::platform::ids::StoreId;

/// A change of a seller: what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// See [`Seller::business_name`].
    pub business_name: Option<String>,
    /// See [`Seller::email`]; `Some(None)` clears it.
    pub email: Option<Option<String>>,
    /// See [`Seller::marketing_tools`].
    pub marketing_tools: Option<bool>,
}

/// Adds or replaces sellers; returns how many.
pub async fn upsert(db: &Db, author: &Author, items: Vec<Seller>) -> Result<usize, Problem> {
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
            keep(tx, store, items).await?;
            activity::record(tx, &author, activity::Change::upserted(Kind::Seller, &ids)).await
        })
    })
    .await?;
    Ok(count)
}

/// Keeps checked sellers.
pub async fn keep(tx: &Transaction, store: StoreId, items: Vec<Seller>) -> Result<(), Problem> {
    let rows: Vec<row::Model> = items.into_iter().map(|item| item.into_row(store)).collect();
    Ok(rows::upsert::<row::ActiveModel>(tx, rows).await?)
}

/// A page of the sellers.
pub async fn list(db: &Db, store: StoreId, page: &Page<i64>) -> Result<List<Seller>, Problem> {
    let rows = rows::page::<row::Entity>(db.read(), store, page.after, page.fetch()).await?;
    Ok(page.list(rows, |row| row.id, Seller::from))
}

/// One seller.
pub async fn get(db: &impl Connection, store: StoreId, id: i64) -> Result<Seller, Problem> {
    let row = rows::by_id::<row::Entity>(db, store, id).await?;
    row.map(Seller::from).ok_or_else(|| Problem::not_found("seller", id))
}

/// The business names of these sellers, as far as they are known.
pub async fn names(
    db: &impl Connection,
    store: StoreId,
    ids: Vec<i64>,
) -> Result<Vec<(i64, String)>, Problem> {
    let rows = rows::by_ids::<row::Entity>(db, store, ids).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.business_name)).collect())
}

/// Changes a seller and gives all of it.
///
/// Errors: there is none, a value that cannot be.
pub async fn change(db: &Db, author: &Author, id: i64, change: Change) -> Result<Seller, Problem> {
    let (store, author) = (author.store, author.clone());
    db.write(move |tx| {
        Box::pin(async move {
            let before = get(tx, store, id).await?;
            let mut seller = before.clone();
            seller.business_name = change.business_name.unwrap_or(seller.business_name);
            seller.email = change.email.unwrap_or(seller.email);
            seller.marketing_tools = change.marketing_tools.unwrap_or(seller.marketing_tools);
            let mut errors = Errors::default();
            seller.check("", &mut errors);
            errors.finish()?;
            keep(tx, store, vec![seller.clone()]).await?;
            let told = activity::Change::new(Object::one(Kind::Seller, id), Action::Updated);
            activity::record(tx, &author, told.from(json!(before)).to(json!(seller))).await?;
            Ok(seller)
        })
    })
    .await
}

/// Removes a seller.
///
/// Errors: there are products of it, which would count as the store's own.
pub async fn delete(db: &Db, author: &Author, id: i64) -> Result<(), Problem> {
    let (store, author) = (author.store, author.clone());
    db.write(move |tx| {
        Box::pin(async move {
            let products = catalog::service::products_of_seller(tx, store, id).await?;
            if products > 0 {
                let detail =
                    format!("`{id}` has {products} products; delete them or give them to another first");
                return Err(Problem::new(Code::InUse, detail));
            }
            match store::delete(tx, store, id).await? {
                true => activity::record(tx, &author, activity::Change::deleted(Kind::Seller, id)).await,
                false => Ok(()),
            }
        })
    })
    .await
}
