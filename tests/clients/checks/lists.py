"""Listing promotions: filters, order and pages."""

import bodies
from registry import check, refused_with_list, same


def names(found):
    return {promotion["name"] for promotion in found}


def make(store, *made):
    return [store.create("promotions", body)["id"] for body in made]


@check("list: `name` finds the promotion of that name, `id` the one of that id")
def _(store):
    first, _second = make(store, bodies.ten_percent("Copper kettle"), bodies.ten_percent("Brass kettle"))
    found, meta = store.page("promotions", name="Copper kettle")
    same([promotion["id"] for promotion in found], [first], "the ids")
    same(meta["pagination"]["total"], 1, "total")
    found, _meta = store.page("promotions", id=first)
    same(names(found), {"Copper kettle"}, "the names")


@check("list: an item is the same as the promotion read alone")
def _(store):
    make(store, bodies.coupon("Only one of its kind", bodies.rule("cart_value", bodies.percent("10"))))
    found, _meta = store.page("promotions", name="Only one of its kind")
    same(found[0], store.one("promotions", found[0]["id"]), "the promotion")


@check("list: `code` finds the promotion of a code, `query` looks at names and codes")
def _(store):
    by_code, by_name = make(store, bodies.many_codes("Winter fair"), bodies.ten_percent("Quokka days"))
    store.create(f"promotions/{by_code}/codes", {"code": "QUOKKA-1"})
    found, _meta = store.page("promotions", code="QUOKKA-1")
    same([promotion["id"] for promotion in found], [by_code], "found by code")
    found, _meta = store.page("promotions", query="QUOKKA-1")
    same([promotion["id"] for promotion in found], [by_code], "found by query for the code")
    found, _meta = store.page("promotions", query="Quokka days")
    same([promotion["id"] for promotion in found], [by_name], "found by query for the name")
    found, _meta = store.page("promotions", code="NO-SUCH-CODE")
    same(found, [], "found by an unknown code")


@check("list: `query` finds a part of a name, whatever its case")
def _(store):
    sales = ("The Zanzibar sale", "The Zagreb sale")
    wanted, _other = make(store, *(bodies.ten_percent(name) for name in sales))
    found, _meta = store.page("promotions", query="zanzi")
    same([promotion["id"] for promotion in found], [wanted], "the ids")


@check("list: `currency_code` tells all currencies from one")
def _(store):
    of_currency = {"*": "Any money", "USD": "Dollars"}
    make(store, *(bodies.ten_percent(name, currency_code=code) for code, name in of_currency.items()))
    for code, inside in of_currency.items():
        found, _meta = store.page("promotions", currency_code=code, limit=250)
        same({promotion["currency_code"] for promotion in found}, {code}, "the currencies")
        same(names(found) & set(of_currency.values()), {inside}, f"what `{code}` finds of the two")


@check("list: `redemption_type` is filtered in lower case")
def _(store):
    make(store, bodies.ten_percent("By itself"), bodies.many_codes("By code"))
    for kind, inside in (("automatic", "By itself"), ("coupon", "By code")):
        found, _meta = store.page("promotions", redemption_type=kind, limit=250)
        same({promotion["redemption_type"] for promotion in found}, {kind.upper()}, "the redemption types")
        assert inside in names(found), f"`{inside}` is missing"


@check("list: `status` tells enabled from disabled")
def _(store):
    make(store, bodies.ten_percent("Running"), bodies.ten_percent("Resting", status="DISABLED"))
    for status, inside in (("ENABLED", "Running"), ("DISABLED", "Resting")):
        found, _meta = store.page("promotions", status=status, limit=250)
        same({promotion["status"] for promotion in found}, {status}, "the statuses")
        assert inside in names(found), f"`{inside}` is missing"


@check("list: `channels` finds those of the channels and those of all channels")
def _(store):
    make(
        store,
        bodies.ten_percent("Channel 71", channels=[{"id": 71}]),
        bodies.ten_percent("Channels 72 and 73", channels=[{"id": 72}, {"id": 73}]),
        bodies.ten_percent("Channel 74", channels=[{"id": 74}]),
        bodies.ten_percent("All channels"),
    )
    found, _meta = store.page("promotions", channels="71,73", limit=250)
    wanted = {"Channel 71", "Channels 72 and 73", "All channels"}
    assert wanted <= names(found), f"{sorted(wanted - names(found))} are missing"
    assert "Channel 74" not in names(found), "a promotion of another channel was found"
    ids = [promotion["id"] for promotion in found]
    same(len(ids), len(set(ids)), "the number of different ids")


@check("list: filters narrow each other")
def _(store):
    make(store, bodies.ten_percent("Narrow A"), bodies.ten_percent("Narrow B", status="DISABLED"))
    found, _meta = store.page("promotions", query="Narrow", status="DISABLED")
    same(names(found), {"Narrow B"}, "the names")


@check("list: sorted by id unless told otherwise, and backwards with `direction=desc`")
def _(store):
    make(store, *(bodies.ten_percent(f"Order {letter}") for letter in "ABC"))
    ids = [promotion["id"] for promotion in store.page("promotions", limit=250)[0]]
    same(ids, sorted(ids), "the ids")
    back, _meta = store.page("promotions", limit=250, sort="id", direction="desc")
    same([promotion["id"] for promotion in back], ids[::-1], "the ids backwards")


@check("list: sorted by name and by start date")
def _(store):
    months = {"Marmot B": "03", "Marmot C": "01", "Marmot A": "02"}
    for name, month in months.items():
        make(store, bodies.ten_percent(name, start_date=f"2027-{month}-01T00:00:00+00:00"))

    def order(**query):
        found, _meta = store.page("promotions", limit=250, **query)
        return [promotion["name"][-1] for promotion in found if promotion["name"] in months]

    same(order(sort="name"), ["A", "B", "C"], "by name")
    same(order(sort="name", direction="desc"), ["C", "B", "A"], "by name backwards")
    same(order(sort="start_date", direction="asc"), ["C", "A", "B"], "by start date")
    same(order(sort="start_date", direction="desc"), ["B", "A", "C"], "by start date backwards")


@check("list: 50 to a page unless told otherwise, with the documented meta")
def _(store):
    found, meta = store.page("promotions")
    page = meta["pagination"]
    wanted = {"total", "count", "per_page", "current_page", "total_pages", "links"}
    assert wanted <= set(page), f"{sorted(wanted - set(page))} are missing from the pagination"
    same((page["per_page"], page["current_page"]), (50, 1), "per_page and current_page")
    same(page["count"], len(found), "count")
    same(page["total_pages"], -(-page["total"] // 50), "total_pages")


@check("list: following `links.next` visits every promotion once")
def _(store):
    make(store, *(bodies.ten_percent(f"Page filler {index}") for index in range(3)))
    everything = [promotion["id"] for promotion in store.page("promotions", limit=250)[0]]
    visited, link, number = [], "?limit=7", 1
    while link:
        found, meta = store.page("promotions" + link)
        page = meta["pagination"]
        same(page["current_page"], number, "current_page")
        same(page["total"], len(everything), "total")
        same(page["total_pages"], -(-len(everything) // 7), "total_pages")
        same(bool(page["links"].get("previous")), number > 1, "whether there is a previous page")
        assert len(found) <= 7, f"a page has {len(found)} items"
        visited += [promotion["id"] for promotion in found]
        link, number = page["links"].get("next"), number + 1
        assert number < 100, "the pages do not end"
    same(visited, everything, "the ids")


@check("list: a page after the last one is empty")
def _(store):
    found, meta = store.page("promotions", page=1000, limit=50)
    same(found, [], "the items")
    same(meta["pagination"]["count"], 0, "count")


@check("list: a query that makes no sense is a 422")
def _(store):
    for query in ({"limit": 251}, {"limit": 0}, {"page": 0}, {"sort": "colour"}, {"direction": "up"},
                  {"redemption_type": "magic"}, {"status": "ASLEEP"}, {"id": "x"}, {"channels": "a,b"}):
        try:
            refused_with_list(422, store.connection.get, "promotions", **query)
        except AssertionError as problem:
            raise AssertionError(f"{query}: {problem}") from problem
