//! What can be done with channels, and what carts may come from which.

use std::collections::BTreeMap;

use engine::money::Currency;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::store::{self, ChannelRow};
use crate::activity::{self, Action, Author, Change, Kind, Object};
use crate::app::AppState;
use crate::platform::db::{Connection, Transaction, turn};
use crate::platform::http::{Errors, FieldError, Problem};
use crate::platform::ids::{StoreId, keep_above, next_id};
use crate::settings;

/// The most channels of a store.
const CHANNELS_MAX: usize = 1000;
/// The most currencies of a channel.
const CURRENCIES_MAX: usize = 200;

/// A storefront of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its id, which carts bring.
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// In which currencies it sells, the default first.
    pub currencies: Vec<String>,
    /// In which zone its people live, when not in the store's.
    pub time_zone: Option<String>,
    /// Whether it sells.
    pub is_active: bool,
    /// When it was made, in milliseconds since 1970.
    pub created_at: i64,
}

/// A channel to make.
#[derive(Clone, Debug)]
pub struct NewChannel {
    /// What people call it.
    pub name: String,
    /// In which currencies it sells, the default first.
    pub currencies: Vec<String>,
    /// The name of an IANA zone.
    pub time_zone: Option<String>,
}

/// A change of a channel; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct ChannelChange {
    /// What people call it.
    pub name: Option<String>,
    /// In which currencies it sells, the default first.
    pub currencies: Option<Vec<String>>,
    /// The name of an IANA zone; `Some(None)` for the store's.
    pub time_zone: Option<Option<String>>,
    /// Whether it sells.
    pub is_active: Option<bool>,
}

/// What is known of a store's channels when a cart is priced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Channels {
    /// Of each its currencies and whether it sells; none while the store has said nothing of its channels.
    known: BTreeMap<u64, (Vec<String>, bool)>,
}

impl Channels {
    /// What a store has told of its channels.
    pub async fn of<C: Connection>(db: &C, store: StoreId) -> Result<Self, Problem> {
        let rows = store::all(db, store).await?;
        if rows.iter().all(|row| row.is_assumed) {
            return Ok(Self::default());
        }
        let known = rows.into_iter().map(|row| {
            let channel = read(row)?;
            Ok((u64::try_from(channel.id).unwrap_or(0), (channel.currencies, channel.is_active)))
        });
        Ok(Self { known: known.collect::<Result<_, Problem>>()? })
    }

    /// Whether a cart of this channel may be in this currency.
    ///
    /// Errors: the store has told of its channels, and this is none of them, does not sell, or not in that currency.
    pub fn check(&self, channel: Option<u64>, currency: Currency) -> Result<(), Problem> {
        let Some(channel) = channel.filter(|_| !self.known.is_empty()) else { return Ok(()) };
        let refuse =
            |pointer: &str, code, message| Err(Problem::invalid([FieldError::new(pointer, code, message)]));
        match self.known.get(&channel) {
            None => {
                let message = format!("the store has no channel {channel}; `/v1/channels` lists them");
                refuse("/cart/channel_id", "unknown_channel", message)
            }
            Some((_, false)) => {
                refuse("/cart/channel_id", "inactive_channel", format!("channel {channel} is inactive"))
            }
            Some((currencies, true)) if !currencies.iter().any(|code| code == currency.code()) => {
                let message = format!("channel {channel} sells in {} only", currencies.join(", "));
                refuse("/cart/currency", "currency_not_of_channel", message)
            }
            Some(_) => Ok(()),
        }
    }
}

fn read(row: ChannelRow) -> Result<Channel, Problem> {
    Ok(Channel {
        id: row.id,
        name: row.name,
        currencies: serde_json::from_str(&row.currencies).map_err(Problem::internal)?,
        time_zone: row.time_zone,
        is_active: row.status == "active",
        created_at: row.created_at,
    })
}

fn check(errors: &mut Errors, at: &str, channel: &ChannelChange) {
    if let Some(name) = &channel.name {
        errors.text(format_args!("{at}/name"), name.trim());
    }
    if let Some(currencies) = &channel.currencies {
        if currencies.is_empty() {
            errors.report(
                format!("{at}/currencies"),
                "empty",
                "must have at least one: the first is the default",
            );
        }
        errors.length(format_args!("{at}/currencies"), currencies.len(), CURRENCIES_MAX);
        for (position, code) in currencies.iter().enumerate() {
            let pointer = format!("{at}/currencies/{position}");
            if Currency::parse(code).is_none() {
                let message = "must be an ISO 4217 code in capitals such as `USD`";
                errors.report(pointer, "unknown_currency", message);
            } else if currencies.iter().take(position).any(|before| before == code) {
                errors.report(pointer, "duplicate", format!("`{code}` stands twice"));
            }
        }
    }
    if let Some(Some(zone)) = &channel.time_zone
        && TimeZone::get(zone).is_err()
    {
        let message = "must be the name of an IANA time zone such as `Europe/Berlin`";
        errors.report(format!("{at}/time_zone"), "unknown_zone", message);
    }
}

impl NewChannel {
    fn as_change(&self) -> ChannelChange {
        ChannelChange {
            name: Some(self.name.clone()),
            currencies: Some(self.currencies.clone()),
            time_zone: Some(self.time_zone.clone()),
            is_active: None,
        }
    }

    fn into_row(self, (store, id): (StoreId, i64), now: Timestamp) -> Result<ChannelRow, Problem> {
        Ok(ChannelRow {
            store_id: store,
            id,
            name: self.name.trim().to_owned(),
            currencies: serde_json::to_string(&self.currencies).map_err(Problem::internal)?,
            time_zone: self.time_zone,
            status: "active".to_owned(),
            is_assumed: false,
            created_at: now.as_millisecond(),
        })
    }
}

/// Checks the channels that a new store is to have.
///
/// Errors: everything that is wrong with them.
pub fn check_all(channels: &[NewChannel]) -> Result<(), Problem> {
    let mut errors = Errors::default();
    errors.length("/channels", channels.len(), CHANNELS_MAX);
    for (position, channel) in channels.iter().enumerate() {
        check(&mut errors, &format!("/channels/{position}"), &channel.as_change());
    }
    errors.finish()
}

/// Makes the channels of a new store, numbered from 1; when it told of none, one called Web in its currency.
pub async fn create_first(
    tx: &Transaction,
    store: StoreId,
    (channels, currency): (Vec<NewChannel>, Currency),
    now: Timestamp,
) -> Result<(), Problem> {
    let is_assumed = channels.is_empty();
    let web = || NewChannel {
        name: "Web".to_owned(),
        currencies: vec![currency.code().to_owned()],
        time_zone: None,
    };
    let channels = if is_assumed { vec![web()] } else { channels };
    let mut last = 0;
    for (channel, id) in channels.into_iter().zip(1..) {
        let row = channel.into_row((store, id), now)?;
        store::put(tx, ChannelRow { is_assumed, ..row }).await?;
        last = id;
    }
    Ok(keep_above(tx, store, "channel", last).await?)
}

/// The channels of a store.
pub async fn list<C: Connection>(db: &C, store: StoreId) -> Result<Vec<Channel>, Problem> {
    store::all(db, store).await?.into_iter().map(read).collect()
}

/// Makes a channel. From now on carts come from channels of the store only, in their currencies.
///
/// Errors: everything that is wrong with it; the store has too many.
pub async fn create(app: &AppState, author: &Author, new: NewChannel) -> Result<Channel, Problem> {
    let (store, author) = (author.store, author.clone());
    let mut errors = Errors::default();
    check(&mut errors, "", &new.as_change());
    errors.finish()?;
    let made = app.db.write(move |tx| {
        Box::pin(async move {
            turn::alone(tx, store).await?;
            if store::all(tx, store).await?.len() >= CHANNELS_MAX {
                let message = format!("the store has {CHANNELS_MAX} channels, which is the most");
                return Err(Problem::invalid([FieldError::new("", "out_of_range", message)]));
            }
            let id = next_id(tx, store, "channel", 1).await?;
            let row = new.into_row((store, id), author.now)?;
            store::put(tx, row.clone()).await?;
            settings::service::bump_version(tx, store).await?;
            let made = read(row)?;
            let told = Change::new(Object::one(Kind::Channel, id), Action::Created).to(document(&made));
            activity::record(tx, &author, told).await?;
            Ok(made)
        })
    });
    let made = made.await?;
    app.rulesets.refresh(&app.db, store).await?;
    Ok(made)
}

/// Changes a channel; carts are priced accordingly from the answer on.
///
/// Errors: there is no such channel; everything that is wrong with the change.
pub async fn change(
    app: &AppState,
    author: &Author,
    id: i64,
    change: ChannelChange,
) -> Result<Channel, Problem> {
    let (store, author) = (author.store, author.clone());
    let mut errors = Errors::default();
    check(&mut errors, "", &change);
    errors.finish()?;
    let changed = app.db.write(move |tx| {
        Box::pin(async move {
            turn::alone(tx, store).await?;
            let row = store::find(tx, store, id).await?.ok_or_else(|| Problem::not_found("channel", id))?;
            let before = document(&read(row.clone())?);
            let row = apply(row, change)?;
            store::put(tx, row.clone()).await?;
            settings::service::bump_version(tx, store).await?;
            let changed = read(row)?;
            let told = Change::new(Object::one(Kind::Channel, id), Action::Updated);
            activity::record(tx, &author, told.from(before).to(document(&changed))).await?;
            Ok::<_, Problem>(changed)
        })
    });
    let changed = changed.await?;
    app.rulesets.refresh(&app.db, store).await?;
    Ok(changed)
}

/// A channel as the log compares it.
fn document(channel: &Channel) -> Value {
    json!({
        "name": channel.name,
        "currencies": channel.currencies,
        "time_zone": channel.time_zone,
        "is_active": channel.is_active,
    })
}

fn apply(row: ChannelRow, change: ChannelChange) -> Result<ChannelRow, Problem> {
    let currencies = change.currencies.map(|currencies| serde_json::to_string(&currencies)).transpose();
    let status = change.is_active.map(|is| if is { "active" } else { "inactive" });
    Ok(ChannelRow {
        name: change.name.map_or(row.name, |name| name.trim().to_owned()),
        currencies: currencies.map_err(Problem::internal)?.unwrap_or(row.currencies),
        time_zone: change.time_zone.unwrap_or(row.time_zone),
        status: status.map_or(row.status, str::to_owned),
        is_assumed: false,
        ..row
    })
}
