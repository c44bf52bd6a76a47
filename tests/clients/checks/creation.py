"""Creating promotions: what is accepted, and how it comes back."""

import re
from datetime import datetime, timedelta, timezone

import bodies
from registry import check, echoed, same

TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")

# What the service fills in, next to name, redemption_type and rules.
DEFAULTS = {
    "channels": [],
    "created_from": "api",
    "customer": {"group_ids": [], "minimum_order_count": 0, "excluded_group_ids": [], "segments": None},
    "current_uses": 0,
    "max_uses": None,
    "status": "ENABLED",
    "end_date": None,
    "stop": False,
    "can_be_used_with_other_promotions": True,
    "currency_code": "USD",
    "notifications": [],
    "shipping_address": None,
    "schedule": None,
}

COUPON_DEFAULTS = {
    "coupon_type": "SINGLE",
    "coupon_overrides_other_promotions": False,
    "coupon_overrides_automatic_when_offering_higher_discounts": False,
}


def taken_apart(made):
    """Splits off what differs from run to run, after looking at it."""
    rest = dict(made)
    promotion_id, start = rest.pop("id"), rest.pop("start_date")
    assert type(promotion_id) is int and promotion_id > 0, f"id is {promotion_id!r}"
    assert isinstance(start, str) and TIMESTAMP.fullmatch(start), f"start_date is {start!r}"
    return rest, start


def all_same(found, wanted):
    same(sorted(found), sorted(wanted), "the list of fields")
    for key, value in wanted.items():
        same(found[key], value, key)


@check("create: a minimal promotion comes back with exactly the documented defaults")
def _(store):
    found, _start = taken_apart(store.create("promotions", bodies.BRAND))
    action = {
        "discount": {"percentage_amount": "10"},
        "strategy": "LEAST_EXPENSIVE",
        "add_free_item": True,
        "as_total": False,
        "include_items_considered_by_condition": False,
        "exclude_items_on_sale": False,
        "items": {"brands": [40]},
    }
    rules = [{"action": {"cart_items": action}, "apply_once": True, "stop": False}]
    named = {"name": "10% off one brand", "redemption_type": "AUTOMATIC", "rules": rules}
    all_same(found, {**DEFAULTS, **named})


@check("create: a minimal coupon promotion adds exactly the documented coupon fields")
def _(store):
    body = bodies.coupon("Plain coupon", bodies.rule("cart_value", bodies.percent("10")))
    found, _start = taken_apart(store.create("promotions", body))
    same(found.pop("multiple_codes", None), {"has_multiple_codes": False}, "multiple_codes")
    rules = [{"action": {"cart_value": bodies.percent("10")}, "apply_once": True, "stop": False}]
    all_same(found, {**DEFAULTS, **COUPON_DEFAULTS, **body, "rules": rules})


@check("create: it starts now unless told otherwise")
def _(store):
    before = datetime.now(timezone.utc) - timedelta(seconds=2)
    made = store.create("promotions", bodies.ten_percent("Starts now"))
    start = datetime.fromisoformat(made["start_date"])
    assert before <= start <= datetime.now(timezone.utc) + timedelta(seconds=2), f"start_date is {start}"


def register_each_kind(body):
    @check(f"create: `{body['name']}` comes back as sent")
    def _(store):
        made = store.create("promotions", body)
        echoed(body, made)
        same(store.one("promotions", made["id"]), made, "what is read afterwards")


for each in bodies.EVERY_KIND:
    register_each_kind(each)


@check("create: a fixed price set rewards the items of its condition by default")
def _(store):
    sent = bodies.rule("fixed_price_set", {"quantity": 2, "fixed_price": "9.00"})
    body = bodies.automatic("Set defaults", sent)
    action = store.create("promotions", body)["rules"][0]["action"]["fixed_price_set"]
    same(action.get("include_items_considered_by_condition"), True, "include_items_considered_by_condition")
    same(action.get("exclude_items_on_sale"), False, "exclude_items_on_sale")
    same(action.get("strategy"), "LEAST_EXPENSIVE", "strategy")


@check("create: the shipping action says `free_shipping` when it was left out")
def _(store):
    body = bodies.automatic("Shipping defaults", bodies.rule("shipping", {"zone_ids": "*"}))
    action = store.create("promotions", body)["rules"][0]["action"]["shipping"]
    same(action, {"free_shipping": True, "zone_ids": "*"}, "shipping")


@check("create: numbers for percentages and amounts come back as strings")
def _(store):
    body = bodies.automatic(
        "Numbers",
        bodies.rule("cart_value", bodies.percent(12.5), bodies.cart(minimum_spend=100)),
        bodies.rule("cart_items", bodies.amount(5)),
    )
    rules = store.create("promotions", body)["rules"]
    echoed({"percentage_amount": "12.5"}, rules[0]["action"]["cart_value"]["discount"], "discount")
    echoed({"minimum_spend": "100"}, rules[0]["condition"]["cart"], "cart")
    echoed({"fixed_amount": "5"}, rules[1]["action"]["cart_items"]["discount"], "discount")


@check("create: dates with another offset come back as the same instants")
def _(store):
    body = bodies.ten_percent(
        "Offsets", start_date="2027-01-01T00:30:00+02:00", end_date="2027-02-01T00:00:00-05:00"
    )
    made = store.create("promotions", body)
    same(made["start_date"], "2026-12-31T22:30:00+00:00", "start_date")
    same(made["end_date"], "2027-02-01T05:00:00+00:00", "end_date")


@check("create: text in any script survives")
def _(store):
    name = "Скидка 10 % · 割引 · «été» 🎁 <b>&amp;\"'\\"
    made = store.create("promotions", bodies.ten_percent(name, display_name="Été 🎁"))
    same(made["name"], name, "name")
    same(made["display_name"], "Été 🎁", "display_name")
    same(store.one("promotions", made["id"])["name"], name, "name read afterwards")
