//! For whom and where a promotion is.

use serde_json::{Value, json};

use super::reason::{CHANNEL, CUSTOMER_GROUP, DESTINATION, Fact, LOYALTY_TIER, ORDER_COUNT, Reason, SEGMENT};
use super::segments::Segments;
use crate::cart::{Cart, NO_GROUP};
use crate::document::{Pointer, Reader};

/// For whom and where a promotion is; everything left open is for all.
#[derive(Debug, Default)]
pub struct Targeting {
    /// The channels it is offered in; all when empty.
    pub channels: Vec<u64>,
    /// The customer groups it is for; all when empty. [`NO_GROUP`] is guests and customers in none.
    pub groups: Vec<u64>,
    /// The customer groups it is not for.
    pub excluded_groups: Vec<u64>,
    /// The tiers of the loyalty programme it is for; all customers when empty.
    pub loyalty_tiers: Vec<String>,
    /// How many orders a customer must have completed.
    pub minimum_order_count: u64,
    /// The customer segments it is for; all when `None`.
    pub segments: Option<Segments>,
    /// The destinations it is for; all when `None`.
    pub destination: Option<Destination>,
}

/// Countries that goods are sent to, by ISO 3166-1 alpha-2 code.
#[derive(Debug)]
pub enum Destination {
    /// One of these.
    In(Vec<String>),
    /// None of these.
    NotIn(Vec<String>),
}

impl Targeting {
    /// Reads the fields `channels`, `customer` and `shipping_address` of a promotion.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Self {
        let mut targeting = Self { channels: read_channels(reader), ..Self::default() };
        targeting.read_customer(reader);
        targeting.destination = read_destination(reader);
        targeting
    }

    fn read_customer(&mut self, reader: &mut Reader<'_>) {
        let empty = json!({});
        let value = reader.value("customer").unwrap_or(&empty);
        let (problems, pointer) = (reader.problems(), *reader.pointer());
        let Some(mut customer) = Reader::open(value, pointer.key("customer"), problems) else { return };
        self.groups = customer.ids("group_ids", NO_GROUP).unwrap_or_default();
        self.minimum_order_count = customer.count("minimum_order_count", 0..=1_000_000).unwrap_or(0);
        self.excluded_groups = customer.ids("excluded_group_ids", NO_GROUP).unwrap_or_default();
        if !self.groups.is_empty() && !self.excluded_groups.is_empty() {
            let message = "give either `group_ids` or `excluded_group_ids`: the other follows from it";
            customer.report("excluded_group_ids", "conflict", message);
        }
        self.loyalty_tiers = customer.texts("loyalty_tiers").unwrap_or_default();
        customer.put("loyalty_tiers", self.loyalty_tiers.clone());
        let segments = customer.value("segments");
        let at = pointer.key("customer");
        let segments = segments.and_then(|value| Segments::parse(value, at.key("segments"), problems));
        customer.put("group_ids", self.groups.clone());
        customer.put("minimum_order_count", self.minimum_order_count);
        customer.put("excluded_group_ids", self.excluded_groups.clone());
        customer.put("segments", segments.as_ref().map_or(Value::Null, |(_, normal)| normal.clone()));
        self.segments = segments.map(|(segments, _)| segments);
        let normal = customer.close();
        reader.put("customer", normal);
    }

    /// Whether it leaves everything open.
    pub(crate) fn is_for_all(&self) -> bool {
        let Self {
            channels,
            groups,
            excluded_groups,
            loyalty_tiers,
            minimum_order_count,
            segments,
            destination,
        } = self;
        let is_for_all_customers =
            groups.is_empty() && excluded_groups.is_empty() && loyalty_tiers.is_empty();
        let is_for_all_carts = channels.is_empty() && destination.is_none();
        is_for_all_customers && is_for_all_carts && *minimum_order_count == 0 && segments.is_none()
    }

    /// The first gate of channel that closes for the cart.
    pub(crate) fn check_channel(&self, cart: &Cart) -> Result<(), Reason> {
        if self.channels.is_empty() || cart.channel.is_some_and(|channel| self.channels.contains(&channel)) {
            return Ok(());
        }
        Err(Reason::because(&CHANNEL, Fact::None, cart.channel.map_or(Fact::None, Fact::Count)))
    }

    /// The first gate of the customer that closes: group, loyalty tier, order count, segment.
    pub(crate) fn check_customer(&self, cart: &Cart) -> Result<(), Reason> {
        let customer = cart.customer.as_ref();
        let group = customer.and_then(|customer| customer.group).unwrap_or(NO_GROUP);
        let is_meant = self.groups.is_empty() || self.groups.contains(&group);
        if !is_meant || self.excluded_groups.contains(&group) {
            return Err(Reason::because(&CUSTOMER_GROUP, Fact::None, Fact::Count(group)));
        }
        let tier = customer.and_then(|customer| customer.loyalty_tier.as_ref());
        if !self.loyalty_tiers.is_empty() && !tier.is_some_and(|tier| self.loyalty_tiers.contains(tier)) {
            let found = tier.map_or(Fact::None, |tier| Fact::Text(tier.clone()));
            return Err(Reason::because(&LOYALTY_TIER, Fact::Text(self.loyalty_tiers.join(", ")), found));
        }
        let orders = customer.map_or(0, |customer| customer.order_count);
        if orders < self.minimum_order_count {
            let needed = Fact::Count(self.minimum_order_count);
            return Err(Reason::because(&ORDER_COUNT, needed, Fact::Count(orders)));
        }
        if let Some(segments) = &self.segments
            && !segments.matches(customer.map_or(&[], |customer| customer.segments.as_slice()))
        {
            return Err(Reason::plain(&SEGMENT));
        }
        Ok(())
    }

    /// The gate of the destination.
    pub(crate) fn check_destination(&self, cart: &Cart) -> Result<(), Reason> {
        let Some(destination) = &self.destination else { return Ok(()) };
        let country = cart.shipping.as_ref().and_then(|shipping| shipping.country.as_ref());
        let Some(country) = country else {
            return Err(Reason::plain(&DESTINATION));
        };
        let is_meant = match destination {
            Destination::In(countries) => countries.contains(country),
            Destination::NotIn(countries) => !countries.contains(country),
        };
        if is_meant {
            Ok(())
        } else {
            Err(Reason::because(&DESTINATION, Fact::None, Fact::Text(country.clone())))
        }
    }
}

fn read_channels(reader: &mut Reader<'_>) -> Vec<u64> {
    let (problems, pointer) = (reader.problems(), *reader.pointer());
    let at = pointer.key("channels");
    let mut channels = Vec::new();
    match reader.value("channels") {
        None => {}
        Some(Value::Array(values)) => {
            for (index, value) in values.iter().enumerate() {
                let Some(mut channel) = Reader::open(value, at.index(index), problems) else { continue };
                match channel.id("id") {
                    Some(id) => channels.push(id),
                    None if !channel.has("id") => channel.require("id"),
                    None => {}
                }
                channel.close();
            }
        }
        Some(_) => problems.report(&at, "type", "must be a list of objects with an `id`"),
    }
    let normal: Vec<Value> = channels.iter().map(|id| json!({"id": id})).collect();
    reader.put("channels", normal);
    channels
}

fn read_destination(reader: &mut Reader<'_>) -> Option<Destination> {
    let (problems, pointer) = (reader.problems(), *reader.pointer());
    let at = pointer.key("shipping_address");
    let Some(value) = reader.value("shipping_address") else {
        reader.put("shipping_address", Value::Null);
        return None;
    };
    let mut address = Reader::open(value, at, problems)?;
    if address.has("not") == address.has("countries") {
        problems.report(&at, "conflict", "give either `countries` or `not`");
    }
    let destination = match address.value("not") {
        Some(inner) => {
            let mut not = Reader::open(inner, at.key("not"), problems)?;
            let countries = read_countries(&mut not)?;
            address.put("not", not.close());
            address.value("countries");
            Destination::NotIn(countries)
        }
        None => Destination::In(read_countries(&mut address)?),
    };
    reader.put("shipping_address", address.close());
    Some(destination)
}

fn read_countries(reader: &mut Reader<'_>) -> Option<Vec<String>> {
    let (problems, pointer) = (reader.problems(), *reader.pointer());
    let at = pointer.key("countries");
    let Some(Value::Array(values)) = reader.value("countries") else {
        problems.report(&at, "type", "must be a list of objects with an `iso2_country_code`");
        return None;
    };
    if values.is_empty() {
        problems.report(&at, "empty", "must name at least one country");
    }
    let mut countries = Vec::new();
    for (index, value) in values.iter().enumerate() {
        let at: Pointer<'_> = at.index(index);
        let mut country = Reader::open(value, at, problems)?;
        match country.value("iso2_country_code").and_then(Value::as_str) {
            Some(code) if code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()) => {
                countries.push(code.to_owned());
            }
            _ => country.report(
                "iso2_country_code",
                "out_of_range",
                "must be two capital letters such as `US`",
            ),
        }
        country.close();
    }
    let normal: Vec<Value> = countries.iter().map(|code| json!({"iso2_country_code": code})).collect();
    reader.put("countries", normal);
    Some(countries)
}
