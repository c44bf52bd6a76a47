//! Rows of jobs, and the parts of what they work on.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{Condition, Insert, QueryOrder as _, QuerySelect as _};

use crate::platform::ids::StoreId;

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "job")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) kind: String,
        pub(crate) state: String,
        pub(crate) done: i64,
        pub(crate) total: i64,
        pub(crate) request: String,
        pub(crate) cursor: String,
        pub(crate) result: String,
        pub(crate) error: Option<String>,
        pub(crate) steps: i64,
        pub(crate) failures: i64,
        pub(crate) due_at: i64,
        pub(crate) leased_by: String,
        pub(crate) leased_until: i64,
        pub(crate) created_at: i64,
        pub(crate) updated_at: i64,
        pub(crate) finished_at: Option<i64>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod part {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "job_part")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) job_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) part: i64,
        pub(crate) content: String,
        pub(crate) created_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) use part::Model as PartRow;
pub(super) use row::Model as JobRow;

/// Keeps a new job.
pub(super) async fn insert<C: ConnectionTrait>(db: &C, added: JobRow) -> Result<(), DbErr> {
    Insert::<row::ActiveModel>::one(added).exec_without_returning(db).await?;
    Ok(())
}

/// The job with this id.
pub(super) async fn find<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    id: i64,
) -> Result<Option<JobRow>, DbErr> {
    row::Entity::find_by_id((store.0, id)).one(db).await
}

/// Which jobs of a store are listed.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    pub(super) kinds: Option<Vec<String>>,
    pub(super) state: Option<&'static str>,
}

/// The newest jobs of a store, those before this id when given.
pub(super) async fn list<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    filter: &Filter,
    before: Option<i64>,
    fetch: u64,
) -> Result<Vec<JobRow>, DbErr> {
    let mut query = row::Entity::find().filter(row::COLUMN.store_id.eq(store.0));
    if let Some(kinds) = &filter.kinds {
        query = query.filter(row::COLUMN.kind.is_in(kinds.iter().cloned()));
    }
    if let Some(state) = filter.state {
        query = query.filter(row::COLUMN.state.eq(state));
    }
    if let Some(before) = before {
        query = query.filter(row::COLUMN.id.lt(before));
    }
    query.order_by_desc(row::Column::Id).limit(fetch).all(db).await
}

/// The job of any store that has waited longest for its next step, of those that this node may make.
pub(super) async fn next_due<C: ConnectionTrait>(
    db: &C,
    kinds: &[&str],
    node: &str,
    now: i64,
) -> Result<Option<JobRow>, DbErr> {
    let is_free = Condition::any()
        .add(row::COLUMN.leased_by.eq(node))
        .add(Expr::col(row::Column::LeasedUntil).lte(now));
    row::Entity::find()
        .filter(row::COLUMN.state.is_in(["waiting", "running"]))
        .filter(Expr::col(row::Column::DueAt).lte(now))
        .filter(row::COLUMN.kind.is_in(kinds.iter().copied()))
        .filter(is_free)
        .order_by_asc(row::Column::UpdatedAt)
        .order_by_asc(row::Column::StoreId)
        .order_by_asc(row::Column::Id)
        .limit(1)
        .one(db)
        .await
}

/// Changes a job that is still as it was read; tells whether it was.
pub(super) async fn update<C: ConnectionTrait>(
    db: &C,
    before: &JobRow,
    changed: JobRow,
) -> Result<bool, DbErr> {
    let updated = row::Entity::update_many()
        .set(row::ActiveModel::from(changed).reset_all())
        .filter(row::COLUMN.store_id.eq(before.store_id))
        .filter(row::COLUMN.id.eq(before.id))
        .filter(row::COLUMN.state.eq(before.state.clone()))
        .filter(row::COLUMN.steps.eq(before.steps))
        .filter(row::COLUMN.failures.eq(before.failures))
        .filter(row::COLUMN.leased_by.eq(before.leased_by.clone()))
        .exec(db)
        .await?;
    Ok(updated.rows_affected > 0)
}

/// Gives up what a node has leased; all leases when no node is named.
pub(super) async fn release<C: ConnectionTrait>(db: &C, node: Option<&str>) -> Result<(), DbErr> {
    let mut leases = row::Entity::update_many()
        .col_expr(row::Column::LeasedUntil, Expr::value(0_i64))
        .col_expr(row::Column::LeasedBy, Expr::value(""))
        .filter(row::COLUMN.state.is_in(["waiting", "running"]))
        .filter(row::COLUMN.leased_by.ne(""));
    if let Some(node) = node {
        leases = leases.filter(row::COLUMN.leased_by.eq(node));
    }
    leases.exec(db).await?;
    Ok(())
}

/// Whether only this process can have leases: a SQLite file has one process.
pub(super) fn has_one_node<C: ConnectionTrait>(db: &C) -> bool {
    db.get_database_backend() == sea_orm::DbBackend::Sqlite
}

/// Keeps a part of what a job will work on.
pub(super) async fn insert_part<C: ConnectionTrait>(db: &C, added: PartRow) -> Result<(), DbErr> {
    Insert::<part::ActiveModel>::one(added).exec_without_returning(db).await?;
    Ok(())
}

/// A part of what a job works on.
pub(super) async fn part<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    job: i64,
    number: i64,
) -> Result<Option<String>, DbErr> {
    Ok(part::Entity::find_by_id((store.0, job, number)).one(db).await?.map(|row| row.content))
}

/// Removes what a job worked on.
pub(super) async fn delete_parts<C: ConnectionTrait>(db: &C, store: i64, job: i64) -> Result<(), DbErr> {
    part::Entity::delete_many()
        .filter(part::COLUMN.store_id.eq(store))
        .filter(part::COLUMN.job_id.eq(job))
        .exec(db)
        .await?;
    Ok(())
}

/// Removes parts from before this instant whose job was never begun, or has ended.
pub(super) async fn delete_orphans<C: ConnectionTrait>(db: &C, before: i64) -> Result<(), DbErr> {
    let begun = sea_orm::sea_query::Query::select()
        .expr(Expr::val(1))
        .from(row::Entity)
        .and_where(
            Expr::col((row::Entity, row::Column::StoreId)).equals((part::Entity, part::Column::StoreId)),
        )
        .and_where(Expr::col((row::Entity, row::Column::Id)).equals((part::Entity, part::Column::JobId)))
        .to_owned();
    part::Entity::delete_many()
        .filter(Expr::col(part::Column::CreatedAt).lt(before))
        .filter(Expr::exists(begun).not())
        .exec(db)
        .await?;
    Ok(())
}
