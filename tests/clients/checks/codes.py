"""Coupon codes: adding them, listing them page by page, finding them."""

import re

import bodies
from registry import check, refused_with_list, same

NOWHERE = 999_999_999


def promotion_with_codes(store, name, *codes):
    """A coupon promotion with these codes: the path of its codes, and what was answered for each."""
    path = f"promotions/{store.create('promotions', bodies.many_codes(name))['id']}/codes"
    return path, [store.create(path, {"code": code}) for code in codes]


def ids(found):
    return [code["id"] for code in found]


@check("codes: a code is made with unlimited uses by default")
def _(store):
    _path, (made,) = promotion_with_codes(store, "First code", "FIRST-1")
    rest = dict(made)
    code_id, created = rest.pop("id"), rest.pop("created")
    assert type(code_id) is int and code_id > 0, f"id is {code_id!r}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", created), f"created is {created!r}"
    same(rest, {"code": "FIRST-1", "current_uses": 0, "max_uses": 0, "max_uses_per_customer": 0}, "the code")


@check("codes: limits are kept, and the list shows the same code")
def _(store):
    path, _codes = promotion_with_codes(store, "Limited code")
    made = store.create(path, {"code": "Limited_1 a", "max_uses": 10, "max_uses_per_customer": 5})
    same((made["max_uses"], made["max_uses_per_customer"]), (10, 5), "the limits")
    found, _meta = store.page(path)
    same(found, [made], "the list")


@check("codes: a code that exists is refused, in every promotion and every case")
def _(store):
    path, _codes = promotion_with_codes(store, "Owner", "TAKEN-1")
    elsewhere, _codes = promotion_with_codes(store, "Latecomer")
    for place, code in ((path, "TAKEN-1"), (elsewhere, "TAKEN-1"), (elsewhere, "taken-1")):
        refused_with_list(422, store.connection.create, place, {"code": code})
    same(store.page(elsewhere)[0], [], "the codes of the other promotion")


@check("codes: no code, a forbidden character and 51 characters are refused")
def _(store):
    path, _codes = promotion_with_codes(store, "Picky")
    for body in (
        {"max_uses": 1}, {"code": ""}, {"code": "10%"}, {"code": "A" * 51}, {"code": "OK-1", "max_uses": -1},
    ):
        refused_with_list(422, store.connection.create, path, body)
    same(store.create(path, {"code": "A" * 50})["code"], "A" * 50, "the longest code")


@check("codes: an unknown promotion has none and takes none")
def _(store):
    refused_with_list(404, store.connection.get, f"promotions/{NOWHERE}/codes")
    refused_with_list(404, store.connection.create, f"promotions/{NOWHERE}/codes", {"code": "LOST-1"})


@check("codes: the list has both kinds of paging, or the one that was asked for")
def _(store):
    path, _codes = promotion_with_codes(store, "Both kinds", "BOTH-1", "BOTH-2")
    _found, meta = store.page(path)
    same(sorted(meta), ["cursor_pagination", "pagination"], "meta without arguments")
    pages, cursors = meta["pagination"], meta["cursor_pagination"]
    same((pages["total"], pages["per_page"]), (2, 50), "total and per_page")
    same((cursors["count"], cursors["per_page"]), (2, 50), "count and per_page")
    _found, by_cursor = store.page(path, after=cursors["start_cursor"])
    same(sorted(by_cursor), ["cursor_pagination"], "meta with a cursor")
    found, by_page = store.page(path, page=2, limit=1)
    same(sorted(by_page), ["pagination"], "meta with a page")
    same((by_page["pagination"]["current_page"], len(found)), (2, 1), "current_page and the number of codes")


@check("codes: cursors go through all codes, forwards and back")
def _(store):
    path, codes = promotion_with_codes(store, "Cursors", *(f"CURSOR-{index}" for index in range(7)))
    pages, query = [], {}
    # The documented example links to a further page after the last code, so only an empty page is the end.
    while len(pages) < 9:
        found, meta = store.page(path, limit=3, **query)
        if not found:
            break
        cursors = meta["cursor_pagination"]
        same(cursors["count"], len(found), "count")
        pages.append((ids(found), cursors["start_cursor"]))
        query = {"after": cursors["end_cursor"]}
    same([len(page) for page, _cursor in pages], [3, 3, 1], "the sizes of the pages")
    forwards = [code_id for page, _cursor in pages for code_id in page]
    same(sorted(forwards), sorted(ids(codes)), "the ids forwards")

    backwards, cursor = pages[-1][0], pages[-1][1]
    while len(backwards) < 20:
        found, meta = store.page(path, limit=3, before=cursor)
        if not found:
            break
        backwards, cursor = ids(found) + backwards, meta["cursor_pagination"]["start_cursor"]
    same(backwards, forwards, "the ids on the way back, put in front of each other")


@check("codes: following `links.next` of the cursors visits every code once")
def _(store):
    path, codes = promotion_with_codes(store, "Code links", *(f"LINK-{index}" for index in range(5)))
    visited, link, requests = [], "?limit=2", 0
    while link and requests < 9:
        found, meta = store.page(path + link)
        visited, requests = visited + ids(found), requests + 1
        link = meta["cursor_pagination"].get("links", {}).get("next") if found else None
    same(sorted(visited), sorted(ids(codes)), "the ids")


@check("codes: a code made while paging neither repeats nor hides another")
def _(store):
    path, codes = promotion_with_codes(store, "Moving", *(f"MOVING-{index}" for index in range(4)))
    first, meta = store.page(path, limit=2)
    store.create(path, {"code": "MOVING-LATE"})
    second, _meta = store.page(path, limit=10, after=meta["cursor_pagination"]["end_cursor"])
    visited = ids(first) + ids(second)
    same(len(visited), len(set(visited)), "the number of different codes")
    assert set(ids(codes)) <= set(visited), "a code was skipped"


@check("codes: cursors exclude each other and pages, and must be real")
def _(store):
    path, _codes = promotion_with_codes(store, "Exclusive", "EXCLUSIVE-1")
    cursor = store.page(path)[1]["cursor_pagination"]["start_cursor"]
    for query in (
        {"after": cursor, "before": cursor}, {"after": cursor, "page": 1}, {"before": cursor, "page": 1},
        {"after": "nonsense"}, {"limit": 251},
    ):
        try:
            refused_with_list(422, store.connection.get, path, **query)
        except AssertionError as problem:
            raise AssertionError(f"{query}: {problem}") from problem


@check("codes: the list of a promotion is filtered by `code`")
def _(store):
    path, codes = promotion_with_codes(store, "Filtered", "FILTER-1", "FILTER-2")
    same(store.page(path, code="FILTER-2")[0], [codes[1]], "the list")


@check("codes: a code is found by its text in the whole store")
def _(store):
    _path, codes = promotion_with_codes(store, "Findable", "FIND ME-1", "FIND ME-2")
    same(store.page("promotions/codes", code="FIND ME-1")[0], [codes[0]], "the list")
    same(store.page("promotions/codes", code="find me-2")[0], [codes[1]], "the list for another case")
    same(store.page("promotions/codes", code="FIND NOBODY")[0], [], "the list for an unknown code")


@check("codes: finding and deleting by text need the text")
def _(store):
    refused_with_list(422, store.connection.get, "promotions/codes")
    refused_with_list(422, store.connection.delete, "promotions/codes")
