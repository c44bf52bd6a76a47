"""What the bar code of a coupon says the coupon is worth.

The data set names coupons by the first 11 digits of their UPC-A bar code. A manufacturer's coupon begins with the
number system digit 5 and reads `5 MMMMM FFF VV`: manufacturer, product family, and a two-digit value code from the
grocery industry's table, which fixes both the value and how many units must be bought. So 51111110076 is worth
1.00 (76), and 51410030033 is worth 1.00 when two are bought (33).

Every other coupon (here: number system digit 1) is the store's own, and its number says nothing about its value.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Offer:
    """Buy `buys` units, save `amount_cents` on them together; or, when that is None, get one more unit free."""

    buys: int
    amount_cents: int | None

    @property
    def needs_condition(self) -> bool:
        """Whether other units must be bought: a single unit of money off needs no more than its own reward."""
        return self.buys > (1 if self.amount_cents is not None else 0)

    @property
    def title(self) -> str:
        """What a shopper reads, such as `$1.00 off 2`."""
        if self.amount_cents is not None:
            return f"${self.amount_cents // 100}.{self.amount_cents % 100:02d} off {self.buys}"
        return "One free" if self.buys == 0 else f"Buy {self.buys}, get 1 free"


# The part of the industry's value code table that the data set uses: amounts by the number of units to buy.
_MONEY_OFF = {
    1: {
        "04": 135, "20": 20, "25": 25, "30": 30, "35": 35, "40": 40, "45": 45, "50": 50, "55": 55, "60": 60,
        "65": 65, "69": 69, "70": 70, "74": 500, "75": 75, "76": 100, "77": 125, "78": 150, "80": 80, "81": 175,
        "82": 200, "84": 250, "87": 300, "90": 90, "93": 400,
    },
    2: {
        "08": 300, "22": 40, "24": 50, "28": 55, "31": 60, "32": 75, "33": 100, "34": 125, "36": 150, "51": 200,
        "57": 25, "58": 30, "98": 65,
    },
    3: {"07": 150, "09": 200, "41": 50, "42": 100},
    4: {"13": 100},
}
# Free goods, by the number of units to buy first. Code 00 is left out: the cashier types the amount in.
_FREE_AFTER = {"01": 0, "14": 1, "16": 2}

OFFERS: dict[str, Offer] = {
    **{code: Offer(buys, cents) for buys, codes in _MONEY_OFF.items() for code, cents in codes.items()},
    **{code: Offer(buys, None) for code, buys in _FREE_AFTER.items()},
}


def is_from_manufacturer(coupon_upc: int) -> bool:
    """Whether a manufacturer issued the coupon, rather than the store."""
    return coupon_upc // 10**10 == 5


def offer_of(coupon_upc: int) -> Offer | None:
    """What the coupon is worth; None when its number does not say."""
    return OFFERS.get(f"{coupon_upc % 100:02d}") if is_from_manufacturer(coupon_upc) else None
