//! What goes out of the catalog.

use crate::activity::{self, Author, Change, Kind};
use crate::catalog::store::delete;
use crate::platform::db::{Db, Transaction, turn};
use crate::platform::http::{Code, Problem};
use crate::platform::ids::StoreId;

/// Removes a product with its variants.
pub async fn delete_product(db: &Db, author: &Author, id: i64) -> Result<(), Problem> {
    let (store, author) = (author.store, author.clone());
    db.write(move |tx| {
        Box::pin(async move {
            match delete::product(tx, store, id).await? {
                true => activity::record(tx, &author, Change::deleted(Kind::Product, id)).await,
                false => Ok(()),
            }
        })
    })
    .await
}

/// Removes a variant of a product.
pub async fn delete_variant(db: &Db, author: &Author, product: i64, id: i64) -> Result<(), Problem> {
    let (store, author) = (author.store, author.clone());
    db.write(move |tx| {
        Box::pin(async move {
            match delete::variant(tx, store, (product, id)).await? {
                true => activity::record(tx, &author, Change::deleted(Kind::Variant, id)).await,
                false => Ok(()),
            }
        })
    })
    .await
}

/// Removes a brand; products of it have none from now on.
pub async fn delete_brand(db: &Db, author: &Author, id: i64) -> Result<(), Problem> {
    let (store, author) = (author.store, author.clone());
    db.write(move |tx| {
        Box::pin(async move {
            match delete::brand(tx, store, id).await? {
                true => activity::record(tx, &author, Change::deleted(Kind::Brand, id)).await,
                false => Ok(()),
            }
        })
    })
    .await
}

/// Removes a category; its products are no longer in it.
///
/// Errors: there are categories below it, which would not know where they belong.
pub async fn delete_category(db: &Db, author: &Author, id: i64) -> Result<(), Problem> {
    let (store, author) = (author.store, author.clone());
    db.write(move |tx| {
        Box::pin(async move {
            turn::alone(tx, store).await?;
            if let (Some(child), count) = delete::children(tx, store, id).await? {
                let detail = format!(
                    "`{id}` has {count} categories right below it, such as `{}` ({}); move or delete them first",
                    child.id, child.name
                );
                return Err(Problem::new(Code::InUse, detail));
            }
            match delete::category(tx, store, id).await? {
                true => activity::record(tx, &author, Change::deleted(Kind::Category, id)).await,
                false => Ok(()),
            }
        })
    })
    .await
}

/// How many products are of this seller.
pub async fn products_of_seller(tx: &Transaction, store: StoreId, seller: i64) -> Result<u64, Problem> {
    Ok(delete::products_of_seller(tx, store, seller).await?)
}
