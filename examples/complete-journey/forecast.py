"""What the coupons of a basket should take off, worked out unit by unit.

Slow and plain on purpose: it shares nothing with the engine, so that a replay can be held against it.
"""

from dataclasses import dataclass
from fractions import Fraction

from coupon_upc import Offer

APPLIED = "applied"
NO_PRODUCT = "refused (no_effect): none of the coupon's products"
NOTHING_LEFT = "refused (no_effect): the coupon's products cost nothing (any more)"
TOO_FEW = "refused (minimum_quantity): too few units of the coupon's products"


@dataclass
class Unit:
    """One unit of a product in a basket."""

    product: int
    price: int
    payable: int


def redeem(units: list[Unit], products: set[int], offer: Offer) -> tuple[str, int]:
    """Takes a coupon off the units and tells the outcome and the cents; coupons before it count already."""
    matching = [unit for unit in units if unit.product in products]
    if sum(unit.price > 0 for unit in matching) < offer.buys and offer.needs_condition:
        return TOO_FEW, 0
    if offer.amount_cents is None:
        cents = _free_unit(matching, offer.buys)
    else:
        cents = _money_off(matching, offer)
    if cents == 0:
        return (NOTHING_LEFT if matching else NO_PRODUCT), 0
    return APPLIED, cents


def _money_off(matching: list[Unit], offer: Offer) -> int:
    dearest = sorted((unit for unit in matching if unit.payable > 0), key=lambda unit: (-unit.payable, unit.product))
    chosen = dearest[: offer.buys]
    payable = sum(unit.payable for unit in chosen)
    amount = min(offer.amount_cents, payable)
    if amount == 0:
        return 0
    # Largest remainders: everyone the whole cents of the exact share, then one more to the largest fractions.
    shares = [Fraction(amount * unit.payable, payable) for unit in chosen]
    left = amount - sum(int(share) for share in shares)
    by_remainder = sorted(range(len(chosen)), key=lambda index: (int(shares[index]) - shares[index], index))
    for index, unit in enumerate(chosen):
        unit.payable -= int(shares[index]) + (index in by_remainder[:left])
    return amount


def _free_unit(matching: list[Unit], buys: int) -> int:
    # The dearest units are the bought ones, the cheapest of the others is free.
    by_price = sorted((unit for unit in matching if unit.price > 0), key=lambda unit: -unit.price)
    others = [unit for unit in by_price[buys:] if unit.payable > 0]
    if not others:
        return 0
    free = min(others, key=lambda unit: (unit.payable, unit.product))
    cents, free.payable = free.payable, 0
    return cents
