//! What goes out of the catalog, and out of what names it.

use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DbErr, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Statement,
};

use super::{brand, category, product, product_category, variant};
use crate::platform::db::Transaction;
use crate::platform::db::bulk::without_element;
use crate::platform::ids::StoreId;

/// Removes a product; its variants and its places in categories go with it. Tells whether there was one.
pub(in crate::catalog) async fn product(tx: &Transaction, store: StoreId, id: i64) -> Result<bool, DbErr> {
    product::Entity::delete_by_id((store, id)).exec(tx).await.map(|done| done.rows_affected > 0)
}

/// Removes a variant of a product. Tells whether there was one.
pub(in crate::catalog) async fn variant(
    tx: &Transaction,
    store: StoreId,
    (product, id): (i64, i64),
) -> Result<bool, DbErr> {
    let delete = variant::Entity::delete_by_id((store, id)).filter(variant::COLUMN.product_id.eq(product));
    delete.exec(tx).await.map(|done| done.rows_affected > 0)
}

/// Removes a brand; products of it have none from now on. Tells whether there was one.
pub(in crate::catalog) async fn brand(tx: &Transaction, store: StoreId, id: i64) -> Result<bool, DbErr> {
    product::Entity::update_many()
        .col_expr(product::Column::BrandId, sea_orm::sea_query::Expr::value(None::<i64>))
        .filter(product::COLUMN.store_id.eq(store))
        .filter(product::COLUMN.brand_id.eq(id))
        .exec(tx)
        .await?;
    brand::Entity::delete_by_id((store, id)).exec(tx).await.map(|done| done.rows_affected > 0)
}

/// Removes a category; its products are no longer in it. Tells whether there was one.
pub(in crate::catalog) async fn category(tx: &Transaction, store: StoreId, id: i64) -> Result<bool, DbErr> {
    let sql = format!(
        "UPDATE product SET category_ids = {} WHERE store_id = $1 AND id IN \
         (SELECT product_id FROM product_category WHERE store_id = $1 AND category_id = $2)",
        without_element("category_ids", "$3")
    );
    let values = [store.0.into(), id.into(), id.to_string().into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    product_category::Entity::delete_many()
        .filter(product_category::COLUMN.store_id.eq(store))
        .filter(product_category::COLUMN.category_id.eq(id))
        .exec(tx)
        .await?;
    category::Entity::delete_by_id((store, id)).exec(tx).await.map(|done| done.rows_affected > 0)
}

/// The first of the categories right below this one, and how many there are.
pub(in crate::catalog) async fn children(
    tx: &Transaction,
    store: StoreId,
    id: i64,
) -> Result<(Option<category::Model>, u64), DbErr> {
    let children = category::Entity::find()
        .filter(category::COLUMN.store_id.eq(store))
        .filter(category::COLUMN.parent_id.eq(id));
    let count = children.clone().count(tx).await?;
    Ok((children.order_by_asc(category::COLUMN.id).limit(1).one(tx).await?, count))
}

/// How many products are of this seller.
pub(in crate::catalog) async fn products_of_seller(
    tx: &Transaction,
    store: StoreId,
    seller: i64,
) -> Result<u64, DbErr> {
    product::Entity::find()
        .filter(product::COLUMN.store_id.eq(store))
        .filter(product::COLUMN.seller_id.eq(seller))
        .count(tx)
        .await
}
