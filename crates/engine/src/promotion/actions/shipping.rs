//! Free shipping, everywhere or to some zones.

use crate::document::{Field, FieldKind, Reader};
use crate::promotion::actions::{Action, ActionKind, Phase};
use crate::promotion::evaluate::{Effect, Repetition, Turn};
use crate::promotion::language::{Language, Named};
use crate::promotion::reason::{Fact, NO_EFFECT, NO_SHIPPING, Reason, SHIPPING_ZONE};

#[derive(Debug)]
struct FreeShipping {
    /// `None` is every zone.
    zones: Option<Vec<u64>>,
}

pub(super) static KIND: ActionKind = ActionKind {
    code: "shipping",
    label: "Free shipping",
    fields: &[
        Field::required(
            "zone_ids",
            FieldKind::Zones,
            "`\"*\"` for everywhere, or the ids of shipping zones.",
        ),
        Field::optional("free_shipping", FieldKind::Flag(true), "Must be true: shipping becomes free."),
    ],
    example: r#"{"zone_ids":"*"}"#,
    parse,
};

fn parse(reader: &mut Reader<'_>) -> Option<Box<dyn Action>> {
    if !reader.flag("free_shipping", true) {
        reader.report(
            "free_shipping",
            "out_of_range",
            "must be true: other discounts on shipping come later",
        );
    }
    let Some(value) = reader.value("zone_ids") else {
        reader.require("zone_ids");
        return None;
    };
    let zones = if value.as_str() == Some("*") {
        reader.put("zone_ids", "*");
        None
    } else {
        let zones = reader.ids("zone_ids", 1)?;
        if zones.is_empty() {
            reader.report("zone_ids", "empty", "must name at least one zone, or be `\"*\"`");
        }
        Some(zones)
    };
    Some(Box::new(FreeShipping { zones }))
}

impl Action for FreeShipping {
    fn phase(&self) -> Phase {
        Phase::Shipping
    }

    fn apply(&self, turn: &Turn<'_>, repetition: &mut Repetition<'_>) -> Result<Effect, Reason> {
        if !repetition.begin(turn)? {
            return Err(Reason::plain(&NO_EFFECT));
        }
        let Some((shipping, payable)) = turn.shipping() else {
            return Err(Reason::plain(&NO_SHIPPING));
        };
        if let Some(zones) = &self.zones
            && !shipping.zone.is_some_and(|zone| zones.contains(&zone))
        {
            let found = shipping.zone.map_or(Fact::None, Fact::Count);
            return Err(Reason::because(&SHIPPING_ZONE, Fact::None, found));
        }
        if payable.is_zero() {
            return Err(Reason::plain(&NO_EFFECT));
        }
        Ok(Effect::on_shipping(payable))
    }

    fn sentence(&self, language: &Language<'_>) -> String {
        match &self.zones {
            None => "get free shipping".to_owned(),
            Some(zones) => format!("get free shipping to {}", language.list(Named::ShippingZone, zones)),
        }
    }
}
