//! The `notifications` of a promotion: texts that a storefront shows around it.

use serde_json::Value;

use crate::document::Reader;

const TYPES: &[&str] = &["PROMOTION", "UPSELL", "ELIGIBLE", "APPLIED"];
const LOCATIONS: &[&str] = &["HOME_PAGE", "PRODUCT_PAGE", "CART_PAGE", "CHECKOUT_PAGE"];

/// Checks them and puts them in normal form; pricing does not read them.
pub(super) fn read(reader: &mut Reader<'_>) {
    let (problems, pointer) = (reader.problems(), *reader.pointer());
    let at = pointer.key("notifications");
    let mut normal = Vec::new();
    match reader.value("notifications") {
        None => {}
        Some(Value::Array(values)) => {
            for (index, value) in values.iter().enumerate() {
                let Some(mut notification) = Reader::open(value, at.index(index), problems) else { continue };
                if !notification.has("type") {
                    notification.require("type");
                }
                notification.choice("type", TYPES);
                if notification.text("content", 1..=10_000).is_none() && !notification.has("content") {
                    notification.require("content");
                }
                for location in notification.texts("locations").unwrap_or_default() {
                    if !LOCATIONS.contains(&location.as_str()) {
                        let message = format!("must be among {}", LOCATIONS.join(", "));
                        notification.report("locations", "out_of_range", message);
                    }
                }
                normal.push(notification.close());
            }
        }
        Some(_) => problems.report(&at, "type", "must be a list of notifications"),
    }
    reader.put("notifications", normal);
}
