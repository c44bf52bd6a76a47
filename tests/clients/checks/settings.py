"""The store-wide settings of promotions; unlike everything else they come without an envelope."""

from registry import check, refused, same

PATH = "promotions/settings"

DEFAULTS = {
    "promotions_apply_on_products_with_custom_product_price": False,
    "promotions_triggered_by_products_with_zero_product_price": False,
    "number_of_coupons_allowed_at_checkout": 1,
    "promotions_applied_on_original_product_price": True,
}

CHANGED = {
    "promotions_apply_on_products_with_custom_product_price": True,
    "promotions_triggered_by_products_with_zero_product_price": True,
    "number_of_coupons_allowed_at_checkout": 3,
    "promotions_applied_on_original_product_price": False,
}


def refused_for(field, store, body):
    """Refused with 422 in the shape of the settings, which names the field."""
    answer = refused(422, store.connection.put, PATH, body)
    same(answer.get("status"), 422, "status in the body")
    assert isinstance(answer.get("title"), str) and answer["title"], f"title is {answer.get('title')!r}"
    errors = answer.get("errors")
    assert isinstance(errors, list) and errors, f"there is no list `errors` in {answer!r}"
    for error in errors:
        message = error.get("message")
        assert isinstance(message, str) and message, f"an error has no message: {error!r}"
    assert field in [error.get("field") for error in errors], f"`{field}` is not named in {errors!r}"


@check("settings: a new store has the documented defaults")
def _(store):
    same(store.connection.get(PATH), DEFAULTS, "the settings")


@check("settings: all four are stored, and answered as stored")
def _(store):
    same(store.connection.put(PATH, CHANGED), CHANGED, "the answer")
    same(store.connection.get(PATH), CHANGED, "the settings afterwards")
    same(store.connection.put(PATH, DEFAULTS), DEFAULTS, "the answer")


@check("settings: each of the four is required")
def _(store):
    for field in CHANGED:
        rest = {key: value for key, value in CHANGED.items() if key != field}
        refused_for(field, store, rest)
    same(store.connection.get(PATH), DEFAULTS, "the settings afterwards")


@check("settings: 1 to 5 coupons, and flags that are flags")
def _(store):
    for field, value in (
        ("number_of_coupons_allowed_at_checkout", 0),
        ("number_of_coupons_allowed_at_checkout", 6),
        ("number_of_coupons_allowed_at_checkout", "2"),
        ("promotions_applied_on_original_product_price", "yes"),
    ):
        refused_for(field, store, {**CHANGED, field: value})
    same(store.connection.get(PATH), DEFAULTS, "the settings afterwards")
