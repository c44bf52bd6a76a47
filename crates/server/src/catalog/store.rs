//! Rows of the catalog.

pub(super) mod delete;

use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult, QueryFilter as _,
    QueryOrder as _, Statement, Value,
};

use crate::platform::db::Transaction;
use crate::platform::ids::StoreId;

pub(super) mod category {
    //! A category.
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "category")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) name: String,
        pub(crate) parent_id: Option<i64>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod brand {
    //! A brand.
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "brand")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) name: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod product {
    //! A product. Its lists and maps are JSON, without blanks.
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "product")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) name: String,
        pub(crate) sku: Option<String>,
        pub(crate) price: Option<String>,
        pub(crate) list_price: Option<String>,
        pub(crate) brand_id: Option<i64>,
        pub(crate) seller_id: Option<i64>,
        pub(crate) category_ids: String,
        pub(crate) options: String,
        pub(crate) custom_fields: String,
        pub(crate) gift_card: bool,
        pub(crate) updated_at: i64,
        pub(crate) cost: Option<String>,
        pub(crate) floor_price: Option<String>,
        pub(crate) has_required_modifiers: bool,
        pub(crate) prices: String,
        pub(crate) list_prices: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod product_category {
    //! That a product is in a category.
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "product_category")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) category_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) product_id: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod variant {
    //! A variant of a product. Its options and prices are JSON.
    use sea_orm::entity::prelude::*;

    use crate::platform::ids::StoreId;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "variant")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: StoreId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) product_id: i64,
        pub(crate) sku: Option<String>,
        pub(crate) price: Option<String>,
        pub(crate) list_price: Option<String>,
        pub(crate) options: String,
        pub(crate) prices: String,
        pub(crate) list_prices: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The variants of these products, in the order of their ids.
pub(super) async fn variants_of(
    db: &impl ConnectionTrait,
    store: StoreId,
    products: &[i64],
) -> Result<Vec<variant::Model>, DbErr> {
    variant::Entity::find()
        .filter(variant::COLUMN.store_id.eq(store))
        .filter(variant::COLUMN.product_id.is_in(products.iter().copied()))
        .order_by_asc(variant::COLUMN.id)
        .all(db)
        .await
}

/// Removes the variants of these products.
pub(super) async fn delete_variants_of(
    transaction: &Transaction,
    store: StoreId,
    products: &[i64],
) -> Result<(), DbErr> {
    let delete = variant::Entity::delete_many()
        .filter(variant::COLUMN.store_id.eq(store))
        .filter(variant::COLUMN.product_id.is_in(products.iter().copied()));
    delete.exec(transaction).await.map(|_| ())
}

/// Rows of one statement: databases bound how many values one may have.
const ROWS_AT_ONCE: usize = 5000;

/// Puts products into these categories and out of all others.
pub(super) async fn set_categories(
    transaction: &Transaction,
    store: StoreId,
    products: &[i64],
    rows: Vec<product_category::Model>,
) -> Result<(), DbErr> {
    let delete = product_category::Entity::delete_many()
        .filter(product_category::COLUMN.store_id.eq(store))
        .filter(product_category::COLUMN.product_id.is_in(products.iter().copied()));
    delete.exec(transaction).await?;
    for part in rows.chunks(ROWS_AT_ONCE) {
        let rows = part.iter().cloned().map(product_category::ActiveModel::from);
        product_category::Entity::insert_many(rows).exec_without_returning(transaction).await?;
    }
    Ok(())
}

/// Those of some categories that have a product, themselves or in a category below them.
pub(super) async fn occupied(
    db: &impl ConnectionTrait,
    store: StoreId,
    categories: &[i64],
) -> Result<Vec<i64>, DbErr> {
    #[derive(Debug, FromQueryResult)]
    struct Occupied {
        root_id: i64,
    }
    if categories.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (0..categories.len()).map(|index| format!("${}", index + 2)).collect();
    let sql = format!(
        "WITH RECURSIVE tree (root_id, id) AS ( \
         SELECT id, id FROM category WHERE store_id = $1 AND id IN ({}) \
         UNION SELECT tree.root_id, category.id FROM tree \
         JOIN category ON category.store_id = $1 AND category.parent_id = tree.id) \
         SELECT DISTINCT tree.root_id FROM tree \
         JOIN product_category ON product_category.store_id = $1 AND product_category.category_id = tree.id",
        places.join(", ")
    );
    let values = std::iter::once(store.0).chain(categories.iter().copied()).map(Value::from);
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let rows = Occupied::find_by_statement(statement).all(db).await?;
    Ok(rows.into_iter().map(|row| row.root_id).collect())
}

#[derive(Debug, FromQueryResult)]
struct ProductId {
    id: i64,
}

/// What a price is compared by: text holds exact decimals, and for an order their nearest float will do.
const BY_PRICE: &str = "WHERE product.store_id = $1 AND product.price IS NOT NULL AND NOT product.gift_card";

/// The products of a category or of one below it that cost least.
pub(super) async fn cheapest_of_category(
    db: &impl ConnectionTrait,
    store: StoreId,
    category: i64,
    most: u64,
) -> Result<Vec<i64>, DbErr> {
    let sql = format!(
        "WITH RECURSIVE tree (id) AS ( \
         SELECT CAST($2 AS BIGINT) UNION SELECT category.id FROM tree \
         JOIN category ON category.store_id = $1 AND category.parent_id = tree.id) \
         SELECT DISTINCT product.id, CAST(product.price AS REAL) AS cost FROM tree \
         JOIN product_category ON product_category.store_id = $1 AND product_category.category_id = tree.id \
         JOIN product ON product.store_id = $1 AND product.id = product_category.product_id {BY_PRICE} \
         ORDER BY cost, product.id LIMIT {most}"
    );
    product_ids(db, sql, [store.0, category]).await
}

/// The products of a brand that cost least.
pub(super) async fn cheapest_of_brand(
    db: &impl ConnectionTrait,
    store: StoreId,
    brand: i64,
    most: u64,
) -> Result<Vec<i64>, DbErr> {
    let sql = format!(
        "SELECT product.id FROM product {BY_PRICE} AND product.brand_id = $2 \
         ORDER BY CAST(product.price AS REAL), product.id LIMIT {most}"
    );
    product_ids(db, sql, [store.0, brand]).await
}

async fn product_ids(db: &impl ConnectionTrait, sql: String, values: [i64; 2]) -> Result<Vec<i64>, DbErr> {
    let values = values.map(Value::from);
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(ProductId::find_by_statement(statement).all(db).await?.into_iter().map(|row| row.id).collect())
}

/// A category and one of those that contain it, at any distance.
#[derive(Debug, FromQueryResult)]
pub(super) struct Ancestry {
    pub(super) category_id: i64,
    pub(super) ancestor_id: i64,
}

/// All that contains these categories. A circle of parents, which nothing forbids, ends the search and no more.
pub(super) async fn ancestries(
    db: &impl ConnectionTrait,
    store: StoreId,
    categories: &[i64],
) -> Result<Vec<Ancestry>, DbErr> {
    if categories.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (0..categories.len()).map(|index| format!("${}", index + 2)).collect();
    let sql = format!(
        "WITH RECURSIVE ancestry (category_id, ancestor_id) AS ( \
         SELECT id, parent_id FROM category WHERE store_id = $1 AND id IN ({}) AND parent_id IS NOT NULL \
         UNION SELECT ancestry.category_id, category.parent_id FROM ancestry \
         JOIN category ON category.store_id = $1 AND category.id = ancestry.ancestor_id \
         WHERE category.parent_id IS NOT NULL) \
         SELECT category_id, ancestor_id FROM ancestry ORDER BY category_id, ancestor_id",
        places.join(", ")
    );
    let values = std::iter::once(store.0).chain(categories.iter().copied()).map(Value::from);
    Ancestry::find_by_statement(Statement::from_sql_and_values(db.get_database_backend(), sql, values))
        .all(db)
        .await
}
