"""Invented data of the data set's shape: small enough to commit, and with every way in which a code can be refused.

The data set itself is not committed: its package is under the MIT licence, but says of the data only that they are
provided for research and education. Nothing here is taken from it; all names, numbers and prices come from a seed.
"""

from datetime import datetime
from itertools import count
from pathlib import Path
from random import Random
from typing import NamedTuple

from coupon_upc import Offer, offer_of
from dataset import Campaign
from replay_files import ReplayFolder, basket, code, code_text, compact, line, product, promotion, segment, settings
from store_time import day_end, day_start, instant_text

SEED = 2017
BASKETS = 150
COUPONS_ALLOWED = 4
HOUR = 3600

DEPARTMENTS = {
    "Pantry": {"Cereal": ["Corn flakes", "Muesli", "Oats"], "Soup": ["Tomato soup", "Noodle soup", "Bean soup"]},
    "Cold": {"Yoghurt": ["Plain yoghurt", "Cherry yoghurt", "Oat yoghurt"], "Juice": ["Apple juice", "Orange juice"]},
    "Home": {"Paper": ["Kitchen roll", "Napkins"], "Soap": ["Bar soap", "Liquid soap", "Dish soap"]},
}
BRANDS = {7: "National", 8: "National", 9: "Private"}
GIFT_CARD, FUEL = 901, 902

# The first campaign spans the change to summer time, so its two midnights have different offsets.
CAMPAIGNS = [
    Campaign(1, "Type A", "2017-03-01", "2017-04-09"),
    Campaign(2, "Type B", "2017-06-12", "2017-07-16"),
    Campaign(3, "Type C", "2017-10-02", "2017-11-12"),
]
STORE_COUPON = Offer(1, 100)


class Coupon(NamedTuple):
    """A coupon of a campaign with the products it is for."""

    campaign: Campaign
    upc: int
    offer: Offer
    products: list[int]
    items: dict


class Sample:
    """The invented store, and a journal of the baskets that were bought in it."""

    def __init__(self) -> None:
        self.random = Random(SEED)
        self.catalog: list[dict] = []
        self.prices: dict[int, tuple[int, int]] = {}
        self._stock()
        self.coupons = self._coupons()
        self.requests: list[tuple[int, str]] = []

    def below(self, limit: int) -> int:
        """A number from 0 to `limit - 1`; only `random()` promises the same sequence in every Python."""
        return int(self.random.random() * limit)

    def _stock(self) -> None:
        category_ids, product_ids = count(1), count(101)
        for department, categories in DEPARTMENTS.items():
            department_id = next(category_ids)
            for names in categories.values():
                category_id = next(category_ids)
                for name in names:
                    for brand_id, brand in BRANDS.items():
                        self._put(next(product_ids), name, [department_id, category_id], brand_id, brand)
        self._put(GIFT_CARD, "Gift card", [], 9, "Private", 2500)
        self._put(FUEL, "Fuel", [], 9, "Private", 3179)

    def _put(self, product_id: int, name: str, path: list[int], brand_id: int, brand: str, price: int = 0) -> None:
        self.catalog.append(product(product_id, name, path, brand_id, {"Brand": brand}))
        listed = price or 79 + 10 * self.below(50)
        is_on_sale = not price and self.below(3) == 0
        self.prices[product_id] = (listed - 20 if is_on_sale else listed, listed)

    def _coupons(self) -> list[Coupon]:
        coupons = []
        for campaign in CAMPAIGNS:
            # 0.75 off 1, 1.00 off 2, 1.00 off 4, buy 1 get 1 free, and one of the store's own.
            upcs = [50000700175, 50000800233, 50000700313, 50000800414, 10000000500 + campaign.id]
            for number, upc in enumerate(upcs):
                # The category of soups and the brand 9 show matchers that are not lists.
                items = [None, {"categories": [3]}, None, None, {"brands": [9]}][number]
                chosen = [it["id"] for it in self.catalog if _is_chosen(it, items, number)]
                offer = offer_of(upc) or STORE_COUPON
                coupons.append(Coupon(campaign, upc, offer, chosen, items or {"products": chosen}))
        return coupons

    def buy(
        self, kind: str, seconds: int, wanted: dict[int, int], codes: list[str], mailed: list[int] | None
    ) -> None:
        """Puts a basket into the journal; `mailed` None is a shopper without a loyalty card."""
        number = len(self.requests) + 1
        cart = {"id": f"{number:03d}-{kind}", "channel_id": 1 + self.below(3), "currency": "USD", "codes": codes}
        if mailed is not None:
            segments = [segment(campaign) for campaign in mailed]
            cart["customer"] = {"id": 1 + self.below(40), "segment_ids": segments, "order_count": self.below(30)}
        lines = [
            line(str(index), product_id, units, *self.prices[product_id], product_id == GIFT_CARD)
            for index, (product_id, units) in enumerate(wanted.items(), start=1)
        ]
        self.requests.append((seconds, basket(cart, lines, instant_text(seconds))))

    def filling(self, without: list[int]) -> dict[int, int]:
        """One to five products that a coupon is not for, one of them in several units now and then."""
        free = [it for it in self.prices if it not in without and it not in (GIFT_CARD, FUEL)]
        picked = {free[self.below(len(free))] for _ in range(1 + self.below(5))}
        return {product_id: 1 + (self.below(4) == 0) * self.below(3) for product_id in sorted(picked)}

    def day_time(self, campaign: Campaign) -> int:
        """A second of opening hours on a day of the campaign."""
        first, end = _seconds(day_start(campaign.first_day)), _seconds(day_end(campaign.last_day))
        days = (end - first) // (24 * HOUR)
        return first + self.below(days) * 24 * HOUR + (8 + self.below(12)) * HOUR + self.below(HOUR)


def _is_chosen(listed: dict, items: dict | None, number: int) -> bool:
    if items is None:
        return listed["brand_id"] == (7, 8)[number % 2] and listed["id"] % 2 == 0
    if "categories" in items:
        return items["categories"][0] in listed["category_ids"]
    return listed["brand_id"] in items["brands"] and listed["id"] not in (GIFT_CARD, FUEL)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _with_coupons(sample: Sample) -> None:
    """For every coupon, a basket of each kind: accepted, and refused for each reason there is."""
    for coupon in sample.coupons:
        campaign, offer = coupon.campaign, coupon.offer
        text = code_text(campaign.id, coupon.upc)
        units = offer.buys if offer.amount_cents is not None else offer.buys + 1
        enough = {coupon.products[sample.below(len(coupon.products))]: units, **sample.filling(coupon.products)}
        inside = sample.day_time(campaign)
        first, end = _seconds(day_start(campaign.first_day)), _seconds(day_end(campaign.last_day))
        sample.buy("accepted", inside, enough, [text], [campaign.id])
        sample.buy("accepted-first-second", first, enough, [text], [campaign.id])
        sample.buy("accepted-last-second", end - 1, enough, [text], [campaign.id])
        sample.buy("before-start", first - 1, enough, [text], [campaign.id])
        sample.buy("after-end", end, enough, [text], [campaign.id])
        sample.buy("wrong-household", inside + HOUR, enough, [text], [4])
        sample.buy("no-product", inside, sample.filling(coupon.products), [text], [campaign.id])
        if units > 1:
            few = {coupon.products[0]: units - 1}
            sample.buy("too-few-units", inside + HOUR, few, [text], [campaign.id])


def _odd_ones(sample: Sample) -> None:
    """What happens once in a while at any till."""
    campaign = CAMPAIGNS[0]
    at = sample.day_time(campaign)
    own = [coupon for coupon in sample.coupons if coupon.campaign == campaign]
    texts = [code_text(campaign.id, coupon.upc) for coupon in own]
    everything = {coupon.products[0]: 4 for coupon in own}
    sample.buy("several-coupons", at, everything, texts[:COUPONS_ALLOWED], [campaign.id])
    sample.buy("too-many-codes", at, everything, texts, [campaign.id])
    sample.buy("unknown-code", at, everything, ["C9-50000000076"], [campaign.id])
    sample.buy("spelled-otherwise", at, everything, [f"  {texts[0].lower()} "], [campaign.id])
    sample.buy("same-code-twice", at, everything, [texts[0], texts[0]], [campaign.id])
    sample.buy("no-card", at, everything, [texts[0]], None)
    sample.buy("gift-card-only", at, {GIFT_CARD: 1}, [texts[4]], [campaign.id])
    sample.buy("fuel", at, {FUEL: 1, **sample.filling([])}, [], [])


def write_sample(folder: Path) -> None:
    """Writes the five files."""
    sample = Sample()
    _with_coupons(sample)
    _odd_ones(sample)
    while len(sample.requests) < BASKETS:
        campaign = CAMPAIGNS[sample.below(len(CAMPAIGNS))]
        mailed = [] if sample.below(2) else [campaign.id]
        sample.buy("plain", sample.day_time(campaign), sample.filling([]), [], mailed)
    promotions = [promotion(it.campaign, it.upc, it.offer, it.items) for it in sample.coupons]
    draft = ReplayFolder(folder)
    draft.write("settings.json", [compact(settings(COUPONS_ALLOWED))])
    draft.write("catalog.ndjson", map(compact, sample.catalog))
    draft.write("promotions.ndjson", map(compact, promotions))
    draft.write("codes.ndjson", (compact(code(it.campaign.id, it.upc)) for it in sample.coupons))
    # In order of time, as the real receipts are.
    draft.write("baskets.ndjson", (text for _, text in sorted(sample.requests)))
    draft.publish()
    print(f"{len(sample.requests)} baskets and {len(promotions)} promotions in {folder}")
