"""Deleting coupon codes, and promotions that still have some."""

import bodies
from checks.codes import ids, promotion_with_codes
from registry import check, refused_with_list, same


@check("delete codes: one by its id, 204 also when it is gone")
def _(store):
    path, codes = promotion_with_codes(store, "Loses one", "LOSES-1", "LOSES-2")
    store.remove(path, codes[0]["id"])
    same(store.page(path)[0], [codes[1]], "the list afterwards")
    store.remove(path, codes[0]["id"])


@check("delete codes: a code is not deleted through another promotion")
def _(store):
    path, codes = promotion_with_codes(store, "Keeps", "KEEPS-1")
    elsewhere, _codes = promotion_with_codes(store, "Reaches over")
    store.remove(elsewhere, codes[0]["id"])
    same(ids(store.page(path)[0]), ids(codes), "the codes of the promotion")


@check("delete codes: one by its text")
def _(store):
    path, codes = promotion_with_codes(store, "By text", "TEXT 1", "TEXT 2")
    store.remove("promotions/codes", code="TEXT 1")
    same(store.page(path)[0], [codes[1]], "the list afterwards")
    store.remove("promotions/codes", code="TEXT 1")


@check("delete codes: `id:in` deletes exactly those")
def _(store):
    path, codes = promotion_with_codes(store, "Loses two", *(f"TWO-{index}" for index in range(3)))
    store.remove(path, **{"id:in": f"{codes[0]['id']},{codes[2]['id']}"})
    same(store.page(path)[0], [codes[1]], "the list afterwards")


@check("delete codes: without `id:in` it is a 422 and deletes nothing")
def _(store):
    path, codes = promotion_with_codes(store, "Loses none", "NONE-1")
    body = refused_with_list(422, store.connection.delete, path)
    same(body.get("meta"), {"total": 0, "success": 0, "failed": 0}, "meta")
    same(ids(store.page(path)[0]), ids(codes), "the codes afterwards")


@check("delete codes: a deleted code is free again")
def _(store):
    path, codes = promotion_with_codes(store, "Gives back", "AGAIN-1")
    store.remove(path, codes[0]["id"])
    assert store.create(path, {"code": "AGAIN-1"})["id"] != codes[0]["id"], "the id came back too"


@check("delete: a promotion that still has codes is refused, and goes after them")
def _(store):
    path, codes = promotion_with_codes(store, "Has a code", "HOLDS-1")
    promotion_id = int(path.split("/")[1])
    refused_with_list(422, store.connection.delete, "promotions", promotion_id)
    same(store.one("promotions", promotion_id)["id"], promotion_id, "id")
    store.remove(path, codes[0]["id"])
    store.remove("promotions", promotion_id)


@check("bulk delete: what fails is told by its place, the rest is deleted")
def _(store):
    path, _codes = promotion_with_codes(store, "Stays", "STAYS-1")
    stays = int(path.split("/")[1])
    goes = store.create("promotions", bodies.ten_percent("Goes"))["id"]
    query = {"id:in": f"{goes},{stays}"}
    body = refused_with_list(422, store.connection.make_request, "DELETE", "promotions", params=query)
    same(body.get("meta"), {"total": 2, "success": 1, "failed": 1}, "meta")
    reasons = body["errors"][0].get("errors")
    assert isinstance(reasons, dict) and reasons, f"errors.0.errors is {reasons!r}"
    same({key.split(".")[0] for key in reasons}, {"1"}, "the places of what failed")
    refused_with_list(404, store.connection.get, "promotions", goes)
    same(store.one("promotions", stays)["id"], stays, "id")
