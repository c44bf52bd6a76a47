//! A discount on shipping: free, less, or at a flat price; everywhere or to some zones, by any method or some.

use crate::document::{Field, FieldKind, Reader};
use crate::money::Minor;
use crate::promotion::actions::{Action, ActionKind, Needs, Phase, Shipment};
use crate::promotion::discount::{Cap, Discount};
use crate::promotion::evaluate::{Effect, Repetition, Turn};
use crate::promotion::language::{Language, Named, join};
use crate::promotion::reason::{
    Fact, NO_EFFECT, NO_SHIPPING, OTHER_SELLERS, Reason, SHIPPING_METHOD, SHIPPING_ZONE,
};

#[derive(Debug)]
struct ShippingDiscount {
    /// `None` is every zone.
    zones: Option<Vec<u64>>,
    /// Every method when empty.
    methods: Vec<String>,
    domestic_only: bool,
    off: Off,
    cap: Option<Cap>,
}

/// What is taken off.
#[derive(Clone, Copy, Debug)]
enum Off {
    All,
    Discount(Discount),
    /// All above this.
    DownTo(Minor),
}

pub(super) static KIND: ActionKind = ActionKind {
    code: "shipping",
    label: "Free or cheaper shipping",
    fields: &[
        Field::required(
            "zone_ids",
            FieldKind::Zones,
            "`\"*\"` for everywhere, or the ids of shipping zones.",
        ),
        Field::optional(
            "free_shipping",
            FieldKind::Flag(true),
            "Whether shipping becomes free; true unless `discount` or `flat_price` is given.",
        ),
        Field::optional("discount", FieldKind::Discount, "How much is taken off instead of all."),
        Field::optional("flat_price", FieldKind::Money, "What shipping costs at most instead of nothing."),
        Field::optional("methods", FieldKind::Texts, "Only these shipping methods; any when left out."),
        Field::optional(
            "domestic_only",
            FieldKind::Flag(false),
            "Only to the store's own country, as its settings name it.",
        ),
        Field::optional(
            "maximum_allowed_discount_amount",
            FieldKind::Money,
            "The most that is taken off, from 1 to 10000000.",
        ),
    ],
    example: r#"{"zone_ids":"*"}"#,
    parse,
};

fn parse(reader: &mut Reader<'_>) -> Option<Box<dyn Action>> {
    let off = read_off(reader);
    let methods = reader.texts("methods").unwrap_or_default();
    if methods.is_empty() && reader.has("methods") {
        reader.report("methods", "empty", "must name at least one method; leave it out for any");
    }
    let domestic_only = reader.flag("domestic_only", false);
    let cap = Cap::read(reader, "maximum_allowed_discount_amount");
    let zones = read_zones(reader)?;
    Some(Box::new(ShippingDiscount { zones, methods, domestic_only, off: off?, cap }))
}

/// What is taken off: all, unless something else is given.
fn read_off(reader: &mut Reader<'_>) -> Option<Off> {
    let given = [reader.has("discount"), reader.has("flat_price")];
    let has_other = given.contains(&true);
    let is_free = reader.flag("free_shipping", !has_other);
    if is_free && has_other || given == [true, true] {
        let message = "give one of `free_shipping`, `discount` and `flat_price`";
        reader.problems().report(reader.pointer(), "conflict", message);
    }
    if !is_free && !has_other {
        let message = "must be true unless `discount` or `flat_price` says what is taken off";
        reader.report("free_shipping", "out_of_range", message);
    }
    let discount = if reader.has("discount") { Discount::read(reader) } else { reader.absent("discount") };
    let flat_price = reader.money("flat_price");
    match (discount, flat_price) {
        (Some(discount), _) => Some(Off::Discount(discount)),
        (None, Some(flat_price)) => Some(Off::DownTo(flat_price)),
        (None, None) => Some(Off::All).filter(|_| !has_other),
    }
}

/// The zones, with `None` for all; nothing when they cannot be read.
fn read_zones(reader: &mut Reader<'_>) -> Option<Option<Vec<u64>>> {
    let Some(value) = reader.value("zone_ids") else {
        reader.require("zone_ids");
        return None;
    };
    if value.as_str() == Some("*") {
        reader.put("zone_ids", "*");
        return Some(None);
    }
    let zones = reader.ids("zone_ids", 1)?;
    if zones.is_empty() {
        reader.report("zone_ids", "empty", "must name at least one zone, or be `\"*\"`");
    }
    Some(Some(zones))
}

impl Action for ShippingDiscount {
    fn phase(&self) -> Phase {
        Phase::Shipping
    }

    fn needs(&self) -> Needs<'_> {
        Needs::Shipping(Shipment {
            method: self.methods.first().map(String::as_str),
            zone: self.zones.as_ref().and_then(|zones| zones.first().copied()),
            domestic_only: self.domestic_only,
            above: if let Off::DownTo(flat_price) = self.off { flat_price } else { Minor::ZERO },
        })
    }

    fn apply(&self, turn: &Turn<'_>, repetition: &mut Repetition<'_>) -> Result<Effect, Reason> {
        if !repetition.begin(turn)? {
            return Err(Reason::plain(&NO_EFFECT));
        }
        let Some((shipping, payable)) = turn.shipping() else {
            return Err(Reason::plain(&NO_SHIPPING));
        };
        self.check_method(shipping.method.as_ref())?;
        self.check_destination(turn)?;
        if !turn.ships_only_own() {
            return Err(Reason::plain(&OTHER_SELLERS));
        }
        let off = match self.off {
            Off::All => payable,
            Off::Discount(Discount::Percentage(rate)) => {
                turn.percentage(rate, turn.shipping_base(shipping, payable))
            }
            Off::Discount(Discount::Amount(amount)) => amount,
            Off::DownTo(flat_price) => (payable - flat_price).max(Minor::ZERO),
        };
        let most = self.cap.map_or(Minor::MAX, |cap| cap.in_currency(turn.cart().currency));
        match off.min(most).min(payable) {
            Minor::ZERO => Err(Reason::plain(&NO_EFFECT)),
            amount => Ok(Effect::on_shipping(amount)),
        }
    }

    fn sentence(&self, language: &Language<'_>) -> String {
        let what = match self.off {
            Off::All => "free shipping".to_owned(),
            Off::Discount(discount) => format!("{} off shipping", discount.sentence(language)),
            Off::DownTo(flat_price) => format!("shipping for {}", language.money(flat_price)),
        };
        let to = match (&self.zones, self.domestic_only) {
            (None, false) => String::new(),
            (None, true) => " within the country".to_owned(),
            (Some(zones), _) => format!(" to {}", language.list(Named::ShippingZone, zones)),
        };
        let by = if self.methods.is_empty() {
            String::new()
        } else {
            format!(" by {}", join(&self.methods, "or"))
        };
        format!("get {what}{to}{by}{}", Cap::sentence(self.cap, language))
    }
}

impl ShippingDiscount {
    fn check_method(&self, method: Option<&String>) -> Result<(), Reason> {
        if self.methods.is_empty() || method.is_some_and(|method| self.methods.contains(method)) {
            return Ok(());
        }
        let found = method.map_or(Fact::None, |method| Fact::Text(method.clone()));
        Err(Reason::because(&SHIPPING_METHOD, Fact::Text(join(&self.methods, "or")), found))
    }

    fn check_destination(&self, turn: &Turn<'_>) -> Result<(), Reason> {
        let shipping = turn.cart().shipping.as_ref();
        if self.domestic_only {
            let country = shipping.and_then(|shipping| shipping.country.clone());
            let own = turn.scene().settings.country.clone();
            if country.is_none() || country != own {
                let text = |country: Option<String>| country.map_or(Fact::None, Fact::Text);
                return Err(Reason::because(&SHIPPING_ZONE, text(own), text(country)));
            }
        }
        let zone = shipping.and_then(|shipping| shipping.zone);
        match &self.zones {
            Some(zones) if !zone.is_some_and(|zone| zones.contains(&zone)) => {
                let zones: Vec<String> = zones.iter().map(u64::to_string).collect();
                let needed = Fact::Text(zones.join(", "));
                Err(Reason::because(&SHIPPING_ZONE, needed, zone.map_or(Fact::None, Fact::Count)))
            }
            _ => Ok(()),
        }
    }
}
