//! Rows of promotions.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{ActiveValue, Condition, Order, QueryOrder, QuerySelect};

use super::service::{Filter, Sort, State};
use crate::platform::ids::StoreId;

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "promotion")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) name: String,
        pub(crate) name_folded: String,
        pub(crate) redemption_type: String,
        pub(crate) coupon_type: Option<String>,
        pub(crate) status: String,
        pub(crate) currency_code: String,
        pub(crate) start_at: i64,
        pub(crate) end_at: Option<i64>,
        pub(crate) priority: i64,
        pub(crate) definition: String,
        pub(crate) created_from: String,
        pub(crate) rev: i64,
        pub(crate) created_at: i64,
        pub(crate) updated_at: i64,
        pub(crate) changed_at_version: i64,
        pub(crate) key: Option<String>,
        pub(crate) seller_id: Option<i64>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod channel {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "promotion_channel")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) store_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) promotion_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) channel_id: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) use row::Model as PromotionRow;

/// SQLite takes 32,766 values in one statement; a channel has three.
const CHANNELS_IN_ONE_STATEMENT: usize = 10_000;

/// The promotion with this id.
pub(super) async fn find<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    id: i64,
) -> Result<Option<PromotionRow>, DbErr> {
    row::Entity::find_by_id((store.0, id)).one(db).await
}

/// The id of the promotion with this key that is not archived.
pub(super) async fn find_by_key<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    key: &str,
) -> Result<Option<i64>, DbErr> {
    let mine = row::Entity::find().filter(row::COLUMN.store_id.eq(store.0));
    mine.filter(row::COLUMN.key.eq(key)).select_only().column(row::Column::Id).into_tuple().one(db).await
}

/// The promotions with these ids, in no order.
pub(super) async fn find_many<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    ids: &[i64],
) -> Result<Vec<PromotionRow>, DbErr> {
    let mine = row::Entity::find().filter(row::COLUMN.store_id.eq(store.0));
    mine.filter(row::COLUMN.id.is_in(ids.iter().copied())).all(db).await
}

/// The promotions that can apply at `now` or later.
pub(super) async fn find_live<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    now: i64,
) -> Result<Vec<PromotionRow>, DbErr> {
    let mut found = Vec::new();
    for query in live(store, now) {
        found.extend(query.all(db).await?);
    }
    Ok(found)
}

/// Those without an end, and those whose end is to come: each is one range of the index `promotion_live`.
fn live(store: StoreId, now: i64) -> [Select<row::Entity>; 2] {
    let mine = || row::Entity::find().filter(row::COLUMN.store_id.eq(store.0));
    let active = || mine().filter(row::COLUMN.status.eq("active"));
    [active().filter(row::COLUMN.end_at.is_null()), active().filter(row::COLUMN.end_at.gt(now))]
}

/// When the last one ended of those that ended by `now`.
pub(super) async fn find_last_end<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    now: i64,
) -> Result<Option<i64>, DbErr> {
    let found = last_ended(store, now).select_only().column(row::Column::EndAt).into_tuple().one(db).await?;
    Ok(found.flatten())
}

fn last_ended(store: StoreId, now: i64) -> Select<row::Entity> {
    let mine = row::Entity::find().filter(row::COLUMN.store_id.eq(store.0));
    let ended = mine.filter(row::COLUMN.status.eq("active")).filter(row::COLUMN.end_at.lte(now));
    ended.order_by(row::Column::EndAt, Order::Desc)
}

/// At most so many of the promotions that changed after a version of the store, whatever became of them.
pub(super) async fn find_changed<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    version: i64,
    limit: u64,
) -> Result<Vec<PromotionRow>, DbErr> {
    changed(store, version).limit(limit).all(db).await
}

fn changed(store: StoreId, version: i64) -> Select<row::Entity> {
    let mine = row::Entity::find().filter(row::COLUMN.store_id.eq(store.0));
    mine.filter(row::COLUMN.changed_at_version.gt(version))
}

/// Marks promotions as changed at this version of the store.
pub(super) async fn mark_changed<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    ids: &[i64],
    version: i64,
) -> Result<(), DbErr> {
    row::Entity::update_many()
        .col_expr(row::Column::ChangedAtVersion, Expr::value(version))
        .filter(row::COLUMN.store_id.eq(store.0))
        .filter(row::COLUMN.id.is_in(ids.iter().copied()))
        .exec(db)
        .await?;
    Ok(())
}

/// Keeps a new promotion.
pub(super) async fn insert<C: ConnectionTrait>(
    db: &C,
    added: PromotionRow,
    channels: &[u64],
) -> Result<(), DbErr> {
    let (store, id) = (added.store_id, added.id);
    row::Entity::insert(row::ActiveModel::from(added).reset_all()).exec_without_returning(db).await?;
    insert_channels(db, store, id, channels).await
}

/// Keeps a changed promotion if it is still at the revision before; tells whether it was.
pub(super) async fn update<C: ConnectionTrait>(
    db: &C,
    changed: PromotionRow,
    channels: &[u64],
) -> Result<bool, DbErr> {
    let (store, id, before) = (changed.store_id, changed.id, changed.rev - 1);
    let changed = row::ActiveModel::from(changed).reset_all();
    let updated = row::Entity::update_many()
        .set(changed)
        .filter(row::COLUMN.store_id.eq(store))
        .filter(row::COLUMN.id.eq(id))
        .filter(row::COLUMN.rev.eq(before))
        .exec(db)
        .await?;
    if updated.rows_affected == 0 {
        return Ok(false);
    }
    channel::Entity::delete_many()
        .filter(channel::COLUMN.store_id.eq(store))
        .filter(channel::COLUMN.promotion_id.eq(id))
        .exec(db)
        .await?;
    insert_channels(db, store, id, channels).await?;
    Ok(true)
}

async fn insert_channels<C: ConnectionTrait>(
    db: &C,
    store: i64,
    id: i64,
    channels: &[u64],
) -> Result<(), DbErr> {
    let mut channels: Vec<i64> = channels.iter().filter_map(|channel| i64::try_from(*channel).ok()).collect();
    channels.sort_unstable();
    channels.dedup();
    for chunk in channels.chunks(CHANNELS_IN_ONE_STATEMENT) {
        let rows = chunk.iter().map(|channel_id| {
            let (store_id, promotion_id) = (ActiveValue::Set(store), ActiveValue::Set(id));
            channel::ActiveModel { store_id, promotion_id, channel_id: ActiveValue::Set(*channel_id) }
        });
        channel::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// How many promotions a filter finds.
pub(super) async fn count<C: ConnectionTrait>(db: &C, store: StoreId, filter: &Filter) -> Result<u64, DbErr> {
    use sea_orm::PaginatorTrait;
    row::Entity::find().filter(matching(store, filter)).count(db).await
}

/// Where a page of a list starts.
#[derive(Clone, Debug)]
pub(super) enum Start {
    /// After the promotion with this value of the sorted field and this id.
    After(sea_orm::Value, i64),
    /// After so many promotions.
    Offset(u64),
}

impl Start {
    /// After the promotion with this value of the sorted field; `None` for a value that it cannot have, as cursors
    /// come from outside.
    pub(super) fn after(sort: Sort, value: &serde_json::Value, id: i64) -> Option<Self> {
        let value = match sort {
            // PostgreSQL cannot even be asked about U+0000.
            Sort::Name => value.as_str().filter(|text| !text.contains('\0')).map(Into::into),
            Sort::Id | Sort::Priority | Sort::StartDate => value.as_i64().map(Into::into),
        };
        value.map(|value| Self::After(value, id))
    }
}

/// A page of the promotions that a filter finds.
pub(super) async fn list<C: ConnectionTrait>(
    db: &C,
    store: StoreId,
    filter: &Filter,
    start: Option<Start>,
    fetch: u64,
) -> Result<Vec<PromotionRow>, DbErr> {
    let (column, order) = (column_of(filter.sort), if filter.descending { Order::Desc } else { Order::Asc });
    let mut query = row::Entity::find().filter(matching(store, filter));
    query = match start {
        Some(Start::After(value, id)) => {
            let (field, key) = (Expr::col(column), Expr::col(row::Column::Id));
            let (past, tie) = match filter.descending {
                true => (field.clone().lt(value.clone()), key.lt(id)),
                false => (field.clone().gt(value.clone()), key.gt(id)),
            };
            query.filter(Condition::any().add(past).add(Condition::all().add(field.eq(value)).add(tie)))
        }
        Some(Start::Offset(offset)) => query.offset(offset),
        None => query,
    };
    query.order_by(column, order.clone()).order_by(row::Column::Id, order).limit(fetch).all(db).await
}

/// The value of the field that a list is sorted by.
pub(super) fn sort_value(sort: Sort, row: &PromotionRow) -> serde_json::Value {
    match sort {
        Sort::Id => row.id.into(),
        Sort::Name => row.name_folded.clone().into(),
        Sort::Priority => row.priority.into(),
        Sort::StartDate => row.start_at.into(),
    }
}

fn column_of(sort: Sort) -> row::Column {
    match sort {
        Sort::Id => row::Column::Id,
        Sort::Name => row::Column::NameFolded,
        Sort::Priority => row::Column::Priority,
        Sort::StartDate => row::Column::StartAt,
    }
}

fn matching(store: StoreId, filter: &Filter) -> Condition {
    let mut all = Condition::all().add(row::COLUMN.store_id.eq(store.0));
    if !filter.ids.is_empty() {
        all = all.add(row::COLUMN.id.is_in(filter.ids.iter().copied()));
    }
    if let Some(name) = &filter.name {
        all = all.add(row::COLUMN.name.eq(name));
    }
    if let Some(key) = &filter.key {
        all = all.add(row::COLUMN.key.eq(key.clone()));
    }
    if let Some(currency) = &filter.currency_code {
        all = all.add(row::COLUMN.currency_code.eq(currency));
    }
    if let Some(redemption_type) = filter.redemption_type {
        all = all.add(row::COLUMN.redemption_type.eq(redemption_type));
    }
    if let Some(with_code) = &filter.promotions_with_code {
        let by_code = row::COLUMN.id.is_in(with_code.iter().copied());
        let by_name =
            filter.query.as_ref().map(|text| Expr::col(row::Column::NameFolded).like(contains(text)));
        all = all.add(Condition::any().add(by_code).add_option(by_name));
    } else if let Some(text) = &filter.query {
        all = all.add(Expr::col(row::Column::NameFolded).like(contains(text)));
    }
    if let Some(seller) = filter.seller {
        all = all.add(row::COLUMN.seller_id.eq(seller));
    }
    if !filter.channels.is_empty() {
        all = all.add(in_channels(&filter.channels));
    }
    if let Some(state) = filter.state {
        all = all.add(in_state(state, filter.now));
    } else if !filter.with_archived {
        all = all.add(row::COLUMN.status.ne("archived"));
    }
    all
}

/// `%text%` with the wildcards in it escaped; the text is compared folded.
fn contains(text: &str) -> sea_orm::sea_query::LikeExpr {
    let escaped = text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    sea_orm::sea_query::LikeExpr::new(format!("%{escaped}%")).escape('\\')
}

/// In one of these channels, or in all because it names none.
fn in_channels(channels: &[i64]) -> Condition {
    let of_promotion = || {
        let mut query = Query::select();
        query.expr(Expr::val(1)).from(channel::Entity);
        query.and_where(
            Expr::col((channel::Entity, channel::Column::StoreId))
                .equals((row::Entity, row::Column::StoreId)),
        );
        query.and_where(
            Expr::col((channel::Entity, channel::Column::PromotionId)).equals((row::Entity, row::Column::Id)),
        );
        query
    };
    let mut chosen = of_promotion();
    chosen
        .and_where(Expr::col((channel::Entity, channel::Column::ChannelId)).is_in(channels.iter().copied()));
    Condition::any().add(Expr::exists(chosen)).add(Expr::exists(of_promotion()).not())
}

fn in_state(state: State, now: i64) -> Condition {
    let status = |word: &str| Condition::all().add(row::COLUMN.status.eq(word));
    let ended = row::COLUMN.end_at.lte(now);
    match state {
        State::Draft => status("draft"),
        State::Paused => status("paused"),
        State::Archived => status("archived"),
        State::Scheduled => status("active").add(row::COLUMN.start_at.gt(now)),
        State::Expired => status("active").add(ended),
        State::Active => {
            let open = Condition::any().add(row::COLUMN.end_at.is_null()).add(row::COLUMN.end_at.gt(now));
            status("active").add(row::COLUMN.start_at.lte(now)).add(open)
        }
        State::Enabled => status("active"),
        State::Any => Condition::all(),
        State::Over => Condition::any().add(status("archived")).add(status("active").add(ended)),
        State::Never => Condition::all().add(Expr::value(false)),
        State::Disabled => Condition::any().add(status("draft")).add(status("paused")),
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{DbBackend, QueryTrait as _, Statement};

    use super::*;
    use crate::platform::db::{Db, Location, Options, migrate};

    /// How SQLite answers a query: one line for each step.
    async fn plan(db: &Db, query: Select<row::Entity>) -> String {
        let sql = format!("EXPLAIN QUERY PLAN {}", query.build(DbBackend::Sqlite));
        let rows = db.read().query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await.unwrap();
        let lines: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
        lines.join("\n")
    }

    #[tokio::test]
    async fn what_can_apply_and_what_changed_is_found_without_looking_at_the_rest() {
        let folder = tempfile::TempDir::new().unwrap();
        let location = Location::Sqlite(folder.path().join("largesse.db"));
        let db = Db::open(&Options { location, connections: 1 }).await.unwrap();
        migrate::run(&db).await.unwrap();
        for query in live(StoreId(1), 7).into_iter().chain([last_ended(StoreId(1), 7)]) {
            let plan = plan(&db, query).await;
            let range = "USING INDEX promotion_live (store_id=? AND status=? AND end_at";
            assert!(plan.contains(range) && !plan.contains('\n'), "{plan}");
        }
        let plan = plan(&db, changed(StoreId(1), 7)).await;
        assert!(
            plan.contains("USING INDEX promotion_changed (store_id=? AND changed_at_version>?)"),
            "{plan}"
        );
    }
}
