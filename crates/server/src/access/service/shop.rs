//! Making stores, and the platform keys by which other programs do.

use engine::money::Currency;
use jiff::Timestamp;
use serde_json::json;

use super::key::{Secret, Token, hexadecimal};
use super::{NewKey, insert_key, unauthorized, user};
use crate::access::Kind;
use crate::access::store::platform::{self as store, NO_STORE, PlatformKeyRow};
use crate::access::{Actor, ActorKind};
use crate::activity::{self, Action, Author, Object};
use crate::app::AppState;
use crate::channel::service::{self as channels, NewChannel};
use crate::platform::db::{Db, Transaction};
use crate::platform::http::{Code, Problem};
use crate::platform::ids::{StoreId, keep_above, next_id};
use crate::settings::service::{self as settings, Change};

const HASH_LENGTH: usize = 10;
/// How platform keys begin.
const PREFIX: &str = "op_";

/// A store to make.
#[derive(Clone, Debug)]
pub struct StoreWish {
    /// What people call it.
    pub name: String,
    /// ISO 4217.
    pub currency: String,
    /// The name of an IANA zone.
    pub time_zone: String,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Its channels; one in the store's currency when there are none.
    pub channels: Vec<NewChannel>,
}

impl Default for StoreWish {
    fn default() -> Self {
        Self {
            name: "My store".to_owned(),
            currency: "USD".to_owned(),
            time_zone: "UTC".to_owned(),
            country: None,
            channels: Vec::new(),
        }
    }
}

/// A store that was just made, with its keys, which are shown now or never.
#[derive(Clone, Debug)]
pub struct NewStore {
    /// Its id.
    pub store_id: StoreId,
    /// By which addresses name it.
    pub hash: String,
    /// A key for servers.
    pub secret: Secret,
    /// A key for browsers.
    pub publishable: Secret,
    /// The end of the link by which its first user chooses a password.
    pub setup: Token,
}

/// Makes the first store, unless there is a store already.
pub async fn create_first_store(db: &Db, now: Timestamp) -> Result<Option<NewStore>, Problem> {
    if settings::any_store(db.read()).await? {
        return Ok(None);
    }
    let made = db.write(move |tx| {
        Box::pin(async move {
            // Two nodes may start on one empty database.
            match settings::any_store(tx).await? {
                true => Ok(None),
                false => make(tx, &Author::system(StoreId::FIRST, now), StoreWish::default()).await,
            }
        })
    });
    made.await
}

/// Makes a store that is ready for promotions: settings, channels, keys, and the link of its first user.
///
/// Errors: everything that is wrong with the wish.
pub async fn create_store(db: &Db, wish: StoreWish, now: Timestamp) -> Result<NewStore, Problem> {
    create_store_by(db, Actor::system(), wish, now).await
}

/// Makes a store for somebody who shows a platform key.
///
/// Errors: as of [`create_store`].
pub(in crate::access) async fn create_store_by(
    db: &Db,
    actor: Actor,
    wish: StoreWish,
    now: Timestamp,
) -> Result<NewStore, Problem> {
    settings::check(&settings_of(&wish))?;
    channels::check_all(&wish.channels)?;
    let author = Author::by(NO_STORE, actor, now);
    let made = db.write(move |tx| {
        Box::pin(async move {
            keep_above(tx, NO_STORE, "store", settings::highest_id(tx).await?).await?;
            let id = StoreId(next_id(tx, NO_STORE, "store", 1).await?);
            let made = make(tx, &Author { store: id, ..author }, wish).await?;
            made.ok_or_else(|| Problem::new(Code::Conflict, "another store was made at the same moment"))
        })
    });
    made.await
}

fn settings_of(wish: &StoreWish) -> Change {
    Change {
        name: Some(wish.name.clone()),
        currency: Some(wish.currency.clone()),
        time_zone: Some(wish.time_zone.clone()),
        country: Some(wish.country.clone()),
        ..Change::default()
    }
}

async fn make(tx: &Transaction, author: &Author, wish: StoreWish) -> Result<Option<NewStore>, Problem> {
    let (store_id, now) = (author.store, author.now);
    let hash = random_hash();
    if !settings::create(tx, (store_id, &hash), &settings_of(&wish), now).await? {
        return Ok(None);
    }
    let currency =
        Currency::parse(&wish.currency).ok_or_else(|| Problem::internal("an unchecked currency"))?;
    channels::create_first(tx, store_id, (wish.channels, currency), now).await?;
    let change = activity::Change::new(Object::all(activity::Kind::Store), Action::Created);
    activity::record(tx, author, change.to(json!({"hash": hash, "name": wish.name}))).await?;
    let key = |kind, name: &str| insert_key(tx, author, NewKey::named(kind, name));
    let (secret, _) = key(Kind::Secret, "First secret key").await?;
    let (publishable, _) = key(Kind::Publishable, "First publishable key").await?;
    let setup = user::put_first_link(tx, store_id, now).await?;
    Ok(Some(NewStore { store_id, hash, secret, publishable, setup }))
}

/// Lower-case letters and digits, as BigCommerce names stores.
fn random_hash() -> String {
    (0..HASH_LENGTH).filter_map(|_| char::from_digit(rand::random_range(0..36), 36)).collect()
}

/// Makes a platform key, and gives its id and its text, which is kept nowhere.
pub async fn create_platform_key(db: &Db, name: &str, now: Timestamp) -> Result<(i64, Secret), Problem> {
    let (secret, name) = (Secret::beginning(PREFIX), name.to_owned());
    let kept = secret.clone();
    let made = db.write(move |tx| {
        Box::pin(async move {
            let id = next_id(tx, NO_STORE, "platform_key", 1).await?;
            let row = PlatformKeyRow {
                store_id: NO_STORE,
                id,
                name,
                secret_hash: hexadecimal(&kept.hash()),
                last_four: kept.last_four(),
                created_at: now.as_millisecond(),
                revoked_at: None,
            };
            store::insert_platform_key(tx, row).await?;
            Ok::<_, Problem>(id)
        })
    });
    Ok((made.await?, secret))
}

/// All platform keys: id, name, the end of the text, and whether it works.
pub async fn platform_keys(db: &Db) -> Result<Vec<(i64, String, String, bool)>, Problem> {
    let rows = store::platform_keys(db.read()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name, row.last_four, row.revoked_at.is_none())).collect())
}

/// Revokes a platform key: it works no more.
///
/// Errors: there is none with this id that works.
pub async fn revoke_platform_key(db: &Db, id: i64, now: Timestamp) -> Result<(), Problem> {
    let revoked = db.write(move |tx| {
        Box::pin(
            async move { Ok::<_, Problem>(store::revoke_platform_key(tx, id, now.as_millisecond()).await?) },
        )
    });
    if revoked.await? { Ok(()) } else { Err(Problem::not_found("platform key", id)) }
}

/// Whether a text begins as platform keys do.
pub(in crate::access) fn is_platform_key(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// Who shows a platform key.
///
/// Errors: there is no such key, or it was revoked.
pub(in crate::access) async fn authenticate_platform(app: &AppState, text: &str) -> Result<Actor, Problem> {
    let hash = hexadecimal(&Token::hash_of(text));
    let row = store::platform_key(app.db.read(), &hash).await?;
    let row = row.ok_or_else(|| unauthorized("there is no such platform key, or it was revoked"))?;
    let id = format!("platform-{}", row.id).into();
    Ok(Actor { kind: ActorKind::Key, id, name: row.name.into(), email: None })
}
