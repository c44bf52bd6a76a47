//! Spaces of codes: what codes of one shape are drawn from.

use engine::coupon::{Guard, Permutation, Shape, loose};
use jiff::Timestamp;

use super::super::store::space::{self, SpaceRow};
use crate::platform::db::{Connection, Transaction};
use crate::platform::http::Problem;
use crate::platform::ids::{StoreId, next_id};

/// A prefix of fewer characters is shared by so many codes that made up ones would be taken for mistyped.
const GUARDED_PREFIX_MIN: usize = 2;
/// So many codes that may stand in the way of a guard are looked at.
const LOOKED_AT_MAX: u64 = 1000;

/// A space as it is stored.
#[derive(Clone, Debug)]
pub(super) struct Space {
    pub(super) id: i64,
    pub(super) shape: Shape,
    /// How many places have been drawn.
    pub(super) drawn: u64,
    key: [u8; 16],
}

impl Space {
    /// The secret order in which its codes are drawn.
    pub(super) fn order(&self) -> Permutation {
        self.shape.order(self.key)
    }

    fn read(row: SpaceRow) -> Result<Self, Problem> {
        let unreadable = || Problem::internal(format!("the code space {} cannot be read", row.id));
        let shape = Shape::read(&row.shape).ok_or_else(unreadable)?;
        let key = u128::from_str_radix(&row.secret_key, 16).map_err(|_| unreadable())?.to_be_bytes();
        Ok(Self { id: row.id, shape, drawn: u64::try_from(row.next_place).unwrap_or(0), key })
    }
}

/// The space of codes of this shape; made with `key` when there is none.
pub(super) async fn of_shape(
    tx: &Transaction,
    store: StoreId,
    shape: &Shape,
    key: [u8; 16],
    now: Timestamp,
) -> Result<Space, Problem> {
    if let Some(row) = space::of_shape(tx, store, &shape.name()).await? {
        return Space::read(row);
    }
    // Whoever adds a code takes an id of this sequence too, and so comes before or after, never at the same time.
    next_id(tx, store, "coupon_code", 1).await?;
    let row = SpaceRow {
        store_id: store.0,
        id: next_id(tx, store, "code_space", 1).await?,
        shape: shape.name(),
        secret_key: format!("{:032x}", u128::from_be_bytes(key)),
        next_place: 0,
        is_guarded: can_be_guarded(tx, store, shape).await?,
        created_at: now.as_millisecond(),
    };
    space::insert(tx, row.clone()).await?;
    Space::read(row)
}

/// The space with this id.
pub(super) async fn find<C: Connection>(db: &C, store: StoreId, id: i64) -> Result<Space, Problem> {
    let row = space::find(db, store, id).await?;
    row.map_or_else(|| Err(Problem::not_found("code space", id)), Space::read)
}

/// Draws the next places of a space; gives the first.
pub(super) async fn draw(tx: &Transaction, store: StoreId, id: i64, count: u64) -> Result<i64, Problem> {
    Ok(space::draw(tx, store, id, i64::try_from(count).unwrap_or(i64::MAX)).await?)
}

/// What tells mistyped codes of a store.
pub(super) async fn guards_of<C: Connection>(db: &C, store: StoreId) -> Result<Vec<Guard>, Problem> {
    let shapes = space::guarded(db, store).await?;
    Ok(shapes.iter().filter_map(|shape| Guard::new(&Shape::read(shape)?)).collect())
}

/// Whether no code exists that a guard of this shape would take for a mistyped one, nor can be made by another space.
async fn can_be_guarded(tx: &Transaction, store: StoreId, shape: &Shape) -> Result<bool, Problem> {
    let Some(guard) = Guard::new(shape) else { return Ok(false) };
    let prefix = guard.prefix();
    if prefix.len() < GUARDED_PREFIX_MIN {
        return Ok(false);
    }
    let length = i32::try_from(guard.length()).unwrap_or(i32::MAX);
    let found = space::loose_codes_like(tx, store, (&prefix, length), LOOKED_AT_MAX).await?;
    let is_few = (found.len() as u64) < LOOKED_AT_MAX;
    let spaces = space::all(tx, store).await?.into_iter().filter_map(|row| Shape::read(&row.shape));
    let is_free = !found.iter().any(|code| guard.refuses(code));
    Ok(is_few && is_free && !spaces.into_iter().any(|other| refuses_codes_of(&guard, &other)))
}

/// Whether codes of a shape would be taken for mistyped ones: as good as always found by a few of them.
pub(super) fn refuses_codes_of(guard: &Guard, shape: &Shape) -> bool {
    const LOOKED_AT: u128 = 64;
    let apart = (shape.capacity() / LOOKED_AT).max(1);
    let some = (0..LOOKED_AT).map(|place| shape.code(place * apart % shape.capacity()));
    some.into_iter().any(|code| guard.refuses(&loose(&code)))
}
