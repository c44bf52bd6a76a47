"""The five files of a replay, and the JSON of what is in them."""

import json
import shutil
from pathlib import Path
from typing import Iterable

from coupon_upc import Offer, is_from_manufacturer
from dataset import Campaign
from store_time import TIME_ZONE, day_end, day_start

GIFT_CARD_WORDS = "GIFT CARD"


class ReplayFolder:
    """Writes beside the folder and swaps at the end, so that a replay never sees half of the files."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.draft = folder.with_name(folder.name + ".partial")
        shutil.rmtree(self.draft, ignore_errors=True)
        self.draft.mkdir(parents=True)

    def write(self, name: str, texts: Iterable[str]) -> int:
        """Writes one text per line and tells how many there were."""
        count = 0
        with open(self.draft / name, "w", encoding="utf-8", newline="\n") as file:
            for text in texts:
                file.write(text)
                file.write("\n")
                count += 1
        return count

    def publish(self) -> None:
        """Puts the new files in the place of the old ones."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.draft.rename(self.folder)


def compact(value: object) -> str:
    """JSON without blanks."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def money(cents: int) -> str:
    """Cents as a decimal string."""
    return f"{cents // 100}.{cents % 100:02d}"


def settings(coupons_allowed: int) -> dict:
    """The store's settings, under the names that BigCommerce gives them."""
    return {
        "currency": "USD",
        "time_zone": TIME_ZONE,
        "number_of_coupons_allowed_at_checkout": coupons_allowed,
        "promotions_applied_on_original_product_price": True,
        "promotions_apply_on_products_with_custom_product_price": False,
        "promotions_triggered_by_products_with_zero_product_price": False,
    }


def product(product_id: int, name: str, category_ids: list[int], brand_id: int | None, fields: dict) -> dict:
    """A line of the catalog."""
    return {
        "id": product_id,
        "name": name,
        "category_ids": category_ids,
        "brand_id": brand_id,
        "options": {},
        "custom_fields": fields,
    }


def segment(campaign_id: int) -> str:
    """The segment of the households to which a campaign was mailed."""
    return f"campaign-{campaign_id}"


def promotion_id(campaign_id: int, coupon_upc: int) -> int:
    """The campaign followed by the 11 digits of the coupon: 13 and 10000085362 give 1310000085362."""
    return campaign_id * 10**11 + coupon_upc


def code_text(campaign_id: int, coupon_upc: int) -> str:
    """The code that stands for a paper coupon of a campaign."""
    return f"C{campaign_id}-{coupon_upc}"


def code(campaign_id: int, coupon_upc: int) -> dict:
    """A line of the code list."""
    return {"code": code_text(campaign_id, coupon_upc), "promotion_id": promotion_id(campaign_id, coupon_upc)}


def promotion(campaign: Campaign, coupon_upc: int, offer: Offer, items: dict) -> dict:
    """One coupon of one campaign as a promotion."""
    issuer = "manufacturer" if is_from_manufacturer(coupon_upc) else "store"
    return {
        "id": promotion_id(campaign.id, coupon_upc),
        "name": f"Campaign {campaign.id} ({campaign.type}): coupon {coupon_upc}",
        "display_name": f"{offer.title} ({issuer} coupon)",
        "redemption_type": "COUPON",
        "coupon_type": "SINGLE",
        "status": "active",
        "currency_code": "USD",
        "start_date": day_start(campaign.first_day).isoformat(),
        "end_date": day_end(campaign.last_day).isoformat(),
        "customer": {"segments": {"id": [segment(campaign.id)]}},
        "rules": [_rule(offer, items)],
    }


def _rule(offer: Offer, items: dict) -> dict:
    if offer.amount_cents is None:
        # The shopper has put the free unit into the basket: none is to be added.
        free = {"discount": {"percentage_amount": "100"}, "items": items, "quantity": 1, "add_free_item": False}
        return {**_condition(offer, items), "action": {"cart_items": free}}
    off = {
        "discount": {"fixed_amount": money(offer.amount_cents)},
        "items": items,
        "quantity": offer.buys,
        # The dearest units, so that the coupon gives all it promises whenever one unit costs that much.
        "strategy": "MOST_EXPENSIVE",
    }
    if offer.needs_condition:
        # One amount on the units together, and on the very units that had to be bought.
        off |= {"as_total": True, "include_items_considered_by_condition": True}
    return {**_condition(offer, items), "action": {"cart_items": off}}


def _condition(offer: Offer, items: dict) -> dict:
    if not offer.needs_condition:
        return {}
    return {"condition": {"cart": {"items": items, "minimum_quantity": offer.buys}}}


def line(line_id: str, product_id: int, quantity: int, price: int, list_price: int, is_gift_card: bool) -> str:
    """A line of a cart; `list_price` is left out when the unit is not on sale."""
    # Written by hand: the encoder of the standard library takes three times as long for 1.5 million lines.
    text = f'{{"id":"{line_id}","product_id":{product_id},"quantity":{quantity},"price":"{money(price)}"'
    if list_price > price:
        text += f',"list_price":"{money(list_price)}"'
    return text + (',"gift_card":true}' if is_gift_card else "}")


def basket(cart: dict, lines: list[str], at: str) -> str:
    """The body of an evaluate request."""
    return f'{{"cart":{compact(cart)[:-1]},"lines":[{",".join(lines)}]}},"at":"{at}"}}'
