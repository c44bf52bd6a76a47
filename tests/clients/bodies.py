"""Promotions as stores write them; each name is unique, so that a list can be searched for it."""


def automatic(name, *rules, **more):
    return {"name": name, "redemption_type": "AUTOMATIC", "rules": list(rules), **more}


def coupon(name, *rules, **more):
    return {"name": name, "redemption_type": "COUPON", "rules": list(rules), **more}


def rule(kind, action, condition=None, **more):
    made = {"action": {kind: action}, **more}
    return made if condition is None else {"condition": condition, **made}


def cart(**condition):
    return {"cart": condition}


def percent(amount):
    return {"discount": {"percentage_amount": amount}}


def amount(value):
    return {"discount": {"fixed_amount": value}}


def ten_percent(name, **more):
    """The plainest promotion, for checks that are about something else."""
    return automatic(name, rule("cart_value", percent("10")), **more)


def many_codes(name, **more):
    """A coupon promotion that may have many codes."""
    return coupon(name, rule("cart_value", percent("10")), coupon_type="BULK", **more)


BRAND = automatic("10% off one brand", rule("cart_items", {**percent("10"), "items": {"brands": [40]}}))

SINGLE_COUPON = coupon(
    "$30 off $100+ (coupon)",
    rule("cart_value", amount("30.00"), cart(minimum_spend="100.00"), apply_once=True),
    coupon_type="SINGLE", currency_code="USD", max_uses=500,
)

BULK_COUPON = coupon(
    "20% off order, at most $40, all currencies",
    rule("cart_value", {**percent("20"), "maximum_allowed_discount_amount": "40"}),
    coupon_type="BULK", currency_code="*",
    can_be_used_with_other_promotions=False, coupon_overrides_other_promotions=True,
)

SHIRTS = automatic(
    "Any 3 business shirts for $100",
    rule(
        "fixed_price_set",
        {"quantity": 3, "fixed_price": "100.00", "items": {"categories": [51, 52]},
         "strategy": "MOST_EXPENSIVE", "exclude_items_on_sale": True},
        apply_once=False,
    ),
)

TOWEL = automatic(
    "Spend $200, get a free towel",
    rule("gift_item", {"product_id": 130, "quantity": 1}, cart(minimum_spend="200.00"), apply_once=True),
)

SHIPPING_ZONES = automatic(
    "Free shipping over $75 to zones 1 and 3, US only",
    rule("shipping", {"free_shipping": True, "zone_ids": [1, 3]}, cart(minimum_spend="75.00")),
    shipping_address={"countries": [{"iso2_country_code": "US"}]},
)

SHIPPING_EVERYWHERE = automatic(
    "Free shipping everywhere except CA and MX",
    rule("shipping", {"zone_ids": "*"}),
    shipping_address={"not": {"countries": [{"iso2_country_code": "CA"}, {"iso2_country_code": "MX"}]}},
)

MUGS = automatic(
    "Buy 2 mugs get the cheapest third free, repeating",
    rule(
        "cart_items",
        {**percent("100"), "items": {"categories": [23]}, "quantity": 1, "strategy": "LEAST_EXPENSIVE",
         "include_items_considered_by_condition": False, "add_free_item": False},
        cart(items={"categories": [23]}, minimum_quantity=2),
        apply_once=False,
    ),
)

THREE_FOR_TWO = automatic(
    "3 for 2: cheapest of any three free",
    rule(
        "cart_items",
        {**percent("100"), "items": {"brands": [36]}, "quantity": 1, "strategy": "LEAST_EXPENSIVE",
         "include_items_considered_by_condition": True},
        cart(items={"brands": [36]}, minimum_quantity=3),
        apply_once=False,
    ),
)

TIERS = automatic(
    "Tiers: 25% at $500, 20% at $300, 10% at $100",
    *(
        rule("cart_value", percent(off), cart(minimum_spend=spend), stop=True)
        for off, spend in [("25", "500"), ("20", "300"), ("10", "100")]
    ),
)

BOTH = automatic(
    "2 of brand 7 AND 1 of category 9 gives $15 split over category 9",
    rule(
        "cart_items",
        {**amount("15.00"), "as_total": True, "include_items_considered_by_condition": True,
         "items": {"categories": [9]}},
        {"and": [cart(items={"brands": [7]}, minimum_quantity=2),
                 cart(items={"categories": [9]}, minimum_quantity=1)]},
    ),
)

EITHER = automatic(
    "OR condition: two of X or one of Y",
    rule(
        "cart_value",
        amount("50"),
        {"or": [cart(items={"products": [118]}, minimum_quantity=2),
                cart(items={"variants": [134]}, minimum_quantity=1)]},
    ),
)

EXCEPT = automatic(
    "20% off kitchen except one product and except brand 3",
    rule(
        "cart_items",
        {**percent("20"), "exclude_items_on_sale": True,
         "items": {"and": [{"categories": [25]}, {"not": {"or": [{"products": [129]}, {"brands": [3]}]}}]}},
    ),
)


def option(name, *values):
    return {"product_option": {"type": "string_match", "name": name, "values": list(values)}}


OPTIONS = automatic(
    "XS or M in blue ships free",
    rule(
        "shipping",
        {"zone_ids": "*"},
        cart(minimum_quantity=1, items={"and": [option("Size", "XS", "M"), option("Color", "Blue")]}),
    ),
)

CUSTOM_FIELD = automatic(
    "Men's range 20% (custom field), VIP with 10+ orders",
    rule(
        "cart_items",
        {**percent("20"), "items": {"product_custom_field": {"name": "Gender", "values": ["Mens"]}}},
    ),
    customer={"group_ids": [1], "minimum_order_count": 10},
)

SEGMENTS = automatic(
    "Segment A but not B: 10%",
    rule("cart_value", percent("10")),
    customer={
        "segments": {
            "and": [{"id": ["ccec121a-f9bc-4a04-809e-1fe0d8ae7fdd"]},
                    {"not": {"id": ["61fd72bc-7400-4a7b-ac64-96c0d315c464"]}}],
        },
    },
)

HAPPY_HOURS = automatic(
    "Happy hours: every 2nd week, Fri-Sun 18:00-22:00, channel 2, exclusive",
    rule("cart_items", {**percent("15"), "quantity": 1, "strategy": "MOST_EXPENSIVE"}),
    channels=[{"id": 2}], stop=True, can_be_used_with_other_promotions=False,
    start_date="2026-11-27T00:00:00+00:00", end_date=None,
    schedule={"week_frequency": 2, "week_days": ["Friday", "Saturday", "Sunday"],
              "daily_start_time": "18:00:00", "daily_end_time": "22:00:00"},
    notifications=[{"type": "UPSELL", "content": "Weekend: 15% off your best item",
                    "locations": ["HOME_PAGE", "CART_PAGE"]}],
)

# All five actions, every matcher, and every way to target.
EVERY_KIND = [
    SINGLE_COUPON, BULK_COUPON, SHIRTS, TOWEL, SHIPPING_ZONES, SHIPPING_EVERYWHERE, MUGS, THREE_FOR_TWO,
    TIERS, BOTH, EITHER, EXCEPT, OPTIONS, CUSTOM_FIELD, SEGMENTS, HAPPY_HOURS,
]
