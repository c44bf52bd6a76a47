"""Receipts as carts: what a line costs, who bought when, and which coupons belong to which basket."""

from collections import Counter
from itertools import pairwise
from typing import Iterator, NamedTuple

from dataset import DataSet, Receipts, Redemption
from forecast import Unit
from replay_files import basket, code_text, line, segment
from shelf import Shelf
from store_time import day_start, instant_text, store_day


class Basket(NamedTuple):
    """The rows `first` to `end` (not included) of the receipts."""

    id: int
    first: int
    end: int
    household_id: int
    store_id: int
    seconds: int
    day: str
    orders_before: int


class Match(NamedTuple):
    """What a basket holds of a coupon's products: whether one costs something, and coupon money on them."""

    costs_something: bool
    coupon_cents: int


class Placed(NamedTuple):
    """A redemption with the basket that it is thought to belong to."""

    redemption: Redemption
    basket: Basket
    match: Match


def baskets_of(receipts: Receipts) -> list[Basket]:
    """All baskets in order of time."""
    cuts = [row for row in range(1, len(receipts)) if receipts.basket[row] != receipts.basket[row - 1]]
    orders: Counter[int] = Counter()
    baskets = []
    for first, end in pairwise([0, *cuts, len(receipts)]):
        household, seconds = receipts.household[first], receipts.seconds[first]
        place = (household, receipts.store[first], seconds, store_day(seconds), orders[household])
        baskets.append(Basket(receipts.basket[first], first, end, *place))
        orders[household] += 1
    if len({it.id for it in baskets}) != len(baskets):
        raise SystemExit("a basket's lines have several timestamps: this is not the data set 0.1.0")
    return baskets


def unit_prices(quantity: int, paid: int, listed: int) -> list[tuple[int, int, int]]:
    """Units, price and list price of lines that together hold exactly `quantity` units for exactly `paid` cents.

    3 units for 10.00 are one at 3.34 and two at 3.33. The dearer units come first in both prices, so that no list
    price falls below its price.
    """
    price, dearer = divmod(paid, quantity)
    list_price, list_dearer = divmod(listed, quantity)
    cuts = sorted({0, dearer, list_dearer, quantity})
    return [
        (end - start, price + (start < dearer), list_price + (start < list_dearer)) for start, end in pairwise(cuts)
    ]


class Carts:
    """Turns baskets into evaluate requests and counts what it had to change."""

    def __init__(self, data: DataSet, shelf: Shelf, codes: dict[int, list[str]]):
        self.receipts = data.receipts
        self.shelf = shelf
        self.codes = codes
        self.changes: Counter[str] = Counter()
        starts = {campaign.id: int(day_start(campaign.first_day).timestamp()) for campaign in data.campaigns.values()}
        self.mailings = {
            household: [(starts[campaign], segment(campaign)) for campaign in sorted(campaigns)]
            for household, campaigns in data.mailings.items()
        }

    def requests(self, baskets: list[Basket]) -> Iterator[str]:
        """One request per basket."""
        for it in baskets:
            yield basket(self._cart(it), self._lines(it), instant_text(it.seconds))

    def units(self, it: Basket) -> list[Unit]:
        """Every unit of the basket that a promotion may touch."""
        rows = [row for row in range(it.first, it.end) if self.receipts.product[row] not in self.shelf.gift_cards]
        return [
            Unit(self.receipts.product[row], price, price)
            for row in rows
            for quantity, price, _ in self._parts(row)
            for _ in range(quantity)
        ]

    def _cart(self, it: Basket) -> dict:
        # A letter that has not been sent yet puts nobody into a segment.
        mailed = [name for start, name in self.mailings.get(it.household_id, []) if start <= it.seconds]
        customer = {"id": it.household_id, "segment_ids": mailed, "order_count": it.orders_before}
        codes = self.codes.get(it.id, [])
        return {"id": str(it.id), "channel_id": it.store_id, "currency": "USD", "codes": codes, "customer": customer}

    def _lines(self, it: Basket) -> list[str]:
        lines = []
        for number, row in enumerate(range(it.first, it.end), start=1):
            product = self.receipts.product[row]
            is_gift_card = product in self.shelf.gift_cards
            parts = self._parts(row)
            for part, (units, price, list_price) in enumerate(parts):
                line_id = f"{number}.{part + 1}" if part else str(number)
                lines.append(line(line_id, product, units, price, list_price, is_gift_card))
            self._count_changes(row, is_gift_card, len(parts))
        return lines

    def _parts(self, row: int) -> list[tuple[int, int, int]]:
        receipts = self.receipts
        is_fuel = receipts.product[row] in self.shelf.fuel
        quantity = 1 if is_fuel else max(1, receipts.quantity[row])
        paid = receipts.sales[row] + receipts.coupon_match[row]
        return unit_prices(quantity, paid, paid + receipts.loyalty_discount[row])

    def _count_changes(self, row: int, is_gift_card: bool, parts: int) -> None:
        receipts, changes = self.receipts, self.changes
        if receipts.product[row] in self.shelf.fuel:
            changes["fuel lines, thousandths of a gallon, as 1 unit"] += receipts.quantity[row] != 1
        elif receipts.quantity[row] == 0:
            has_money = receipts.sales[row] or receipts.loyalty_discount[row]
            changes[f"lines of quantity 0 {'with an amount' if has_money else 'at 0.00'}, as 1 unit"] += 1
        changes["gift card lines"] += is_gift_card
        changes["receipt lines split to keep the cents"] += parts > 1
        changes["cart lines"] += parts


def redemption_baskets(data: DataSet, baskets: list[Basket]) -> list[Placed]:
    """The basket in which each coupon was handed over, which the data set does not name.

    Of the household's baskets of that day: one with a matching line that bears coupon money, else one with a
    matching line that costs something, else the first.
    """
    days = {(redemption.household_id, redemption.day) for redemption in data.redemptions}
    of_day: dict[tuple[int, str], list[Basket]] = {}
    for it in baskets:
        if (it.household_id, it.day) in days:
            of_day.setdefault((it.household_id, it.day), []).append(it)
    placed = []
    for redemption in data.redemptions:
        products = data.coupons[(redemption.campaign_id, redemption.coupon_upc)]
        of_that_day = of_day.get((redemption.household_id, redemption.day), [])
        if not of_that_day:
            raise SystemExit(f"no basket of household {redemption.household_id} on {redemption.day}")
        choices = [Placed(redemption, it, _match(it, products, data.receipts)) for it in of_that_day]
        # The first of the best: max keeps the earliest.
        placed.append(max(choices, key=lambda it: (it.match.coupon_cents > 0, it.match.costs_something)))
    return placed


def _match(it: Basket, products: set[int], receipts: Receipts) -> Match:
    rows = [row for row in range(it.first, it.end) if receipts.product[row] in products]
    costs_something = any(receipts.sales[row] + receipts.coupon_match[row] > 0 for row in rows)
    return Match(costs_something, sum(receipts.coupon_discount[row] for row in rows))


def codes_of(placed: list[Placed]) -> dict[int, list[str]]:
    """The codes of each basket, in the order of the data set."""
    codes: dict[int, list[str]] = {}
    for redemption, it, _ in placed:
        codes.setdefault(it.id, []).append(code_text(redemption.campaign_id, redemption.coupon_upc))
    return codes
