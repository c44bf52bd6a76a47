"""Reading, changing and deleting promotions."""

import bodies
from registry import check, echoed, refused, refused_with_list, same

NOWHERE = 999_999_999


@check("read: an unknown promotion is a 404 with a list of errors")
def _(store):
    refused_with_list(404, store.connection.get, "promotions", NOWHERE)


@check("update: only the fields that are sent change")
def _(store):
    made = store.create("promotions", bodies.MUGS)
    changes = {"name": "Mugs, renamed", "status": "DISABLED", "max_uses": 5, "stop": True}
    changed = store.update("promotions", made["id"], changes)
    same(changed, {**made, **changes}, "the promotion")
    same(store.one("promotions", made["id"]), changed, "what is read afterwards")


@check("update: null takes a limit and an end away")
def _(store):
    body = bodies.ten_percent("Limited", max_uses=3, end_date="2099-01-01T00:00:00+00:00")
    made = store.create("promotions", body)
    same((made["max_uses"], made["end_date"]), (3, "2099-01-01T00:00:00+00:00"), "the limits")
    changed = store.update("promotions", made["id"], {"max_uses": None, "end_date": None})
    same(changed, {**made, "max_uses": None, "end_date": None}, "the promotion")


@check("update: rules are replaced as a whole")
def _(store):
    made = store.create("promotions", bodies.TIERS)
    rules = [bodies.rule("cart_items", bodies.percent("5"))]
    changed = store.update("promotions", made["id"], {"rules": rules})
    echoed(rules, changed["rules"], "rules")
    same(changed["name"], made["name"], "name")


@check("update: a document that was read can be put back as it is")
def _(store):
    # Clients read, change one field and send everything, read-only fields included.
    for body in (bodies.HAPPY_HOURS, bodies.BULK_COUPON):
        made = store.create("promotions", body)
        same(store.update("promotions", made["id"], made), made, "the promotion")


@check("update: the redemption type cannot change")
def _(store):
    made = store.create("promotions", bodies.ten_percent("Automatic for good"))
    refused_with_list(422, store.connection.update, "promotions", made["id"], {"redemption_type": "COUPON"})
    same(store.one("promotions", made["id"]), made, "the promotion afterwards")


@check("update: the coupon type may be repeated, not changed")
def _(store):
    made = store.create("promotions", bodies.many_codes("Bulk for good"))
    same(store.update("promotions", made["id"], {"coupon_type": "BULK"}), made, "the promotion")
    refused_with_list(422, store.connection.update, "promotions", made["id"], {"coupon_type": "SINGLE"})


@check("update: a change that makes the whole invalid is refused and changes nothing")
def _(store):
    body = bodies.coupon(
        "Amount off", bodies.rule("cart_value", bodies.amount("5.00")), currency_code="USD"
    )
    made = store.create("promotions", body)
    refused_with_list(422, store.connection.update, "promotions", made["id"], {"currency_code": "*"})
    same(store.one("promotions", made["id"]), made, "the promotion afterwards")


@check("update: an unknown promotion is a 404")
def _(store):
    refused_with_list(404, store.connection.update, "promotions", NOWHERE, {"name": "nobody"})


@check("delete: 204, and 204 again although it is gone")
def _(store):
    made = store.create("promotions", bodies.ten_percent("Short-lived"))
    store.remove("promotions", made["id"])
    refused(404, store.connection.get, "promotions", made["id"])
    store.remove("promotions", made["id"])


@check("bulk delete: `id:in` deletes exactly those")
def _(store):
    ids = [store.create("promotions", bodies.ten_percent(f"Batch {index}"))["id"] for index in range(3)]
    store.remove("promotions", **{"id:in": f"{ids[0]},{ids[2]}"})
    refused(404, store.connection.get, "promotions", ids[0])
    refused(404, store.connection.get, "promotions", ids[2])
    same(store.one("promotions", ids[1])["id"], ids[1], "id")


@check("bulk delete: without `id:in`, or with more than 50 ids, it is a 422")
def _(store):
    kept = store.create("promotions", bodies.ten_percent("Kept"))["id"]
    refused_with_list(422, store.connection.delete, "promotions")
    for ids in ("", "x", ",".join([str(kept)] * 2 + [str(NOWHERE + index) for index in range(49)])):
        refused_with_list(422, store.connection.make_request, "DELETE", "promotions", params={"id:in": ids})
    same(store.one("promotions", kept)["id"], kept, "id")
