//! What goes out of the catalog.

use crate::catalog::store::delete;
use crate::platform::db::{Db, Transaction, turn};
use crate::platform::http::{Code, Problem};
use crate::platform::ids::StoreId;

/// Removes a product with its variants.
pub async fn delete_product(db: &Db, store: StoreId, id: i64) -> Result<(), Problem> {
    db.write(move |tx| Box::pin(async move { Ok(delete::product(tx, store, id).await?) })).await
}

/// Removes a variant of a product.
pub async fn delete_variant(db: &Db, store: StoreId, product: i64, id: i64) -> Result<(), Problem> {
    db.write(move |tx| Box::pin(async move { Ok(delete::variant(tx, store, (product, id)).await?) })).await
}

/// Removes a brand; products of it have none from now on.
pub async fn delete_brand(db: &Db, store: StoreId, id: i64) -> Result<(), Problem> {
    db.write(move |tx| Box::pin(async move { Ok(delete::brand(tx, store, id).await?) })).await
}

/// Removes a category; its products are no longer in it.
///
/// Errors: there are categories below it, which would not know where they belong.
pub async fn delete_category(db: &Db, store: StoreId, id: i64) -> Result<(), Problem> {
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
            Ok(delete::category(tx, store, id).await?)
        })
    })
    .await
}

/// How many products are of this seller.
pub async fn products_of_seller(tx: &Transaction, store: StoreId, seller: i64) -> Result<u64, Problem> {
    Ok(delete::products_of_seller(tx, store, seller).await?)
}
