"""The store's products as a catalog, and coupons' product lists as matchers over it."""

from typing import Iterator

from dataset import DataSet, Product
from replay_files import GIFT_CARD_WORDS, product

FUEL_TYPE = "GASOLINE-REG UNLEADED"

# Each tier of categories has its own range of ids, so that an id shows its tier.
_TIERS = 3
_TIER_BASE = (0, 1_000, 100_000)


class Shelf:
    """Every product that a receipt or a coupon names, in three tiers of categories."""

    def __init__(self, data: DataSet):
        self.listed = data.products
        self.category_ids = _number_categories(data.products.values())
        named = {product_id for products in data.coupons.values() for product_id in products}
        named.update(data.receipts.product)
        self.unlisted = sorted(named - data.products.keys())
        self.fuel = {product.id for product in data.products.values() if product.type == FUEL_TYPE}
        self.gift_cards = {p.id for p in data.products.values() if p.type and GIFT_CARD_WORDS in p.type}
        self._groups = self._whole_groups()

    def catalog(self) -> Iterator[dict]:
        """The products in order of id; those missing in the product list at the end, with nothing but an id."""
        for listed in sorted(self.listed.values()):
            path = self._categories(listed)
            yield product(listed.id, _name(listed), path, listed.manufacturer_id, {"Brand": listed.brand})
        for product_id in self.unlisted:
            yield product(product_id, f"Product {product_id} (not in the product list)", [], None, {})

    def items(self, products: set[int]) -> dict:
        """A matcher of exactly these products: one brand or one category when they are just that, else the list."""
        return self._groups.get(frozenset(products)) or {"products": sorted(products)}

    def _categories(self, listed: Product) -> list[int]:
        return [self.category_ids[path] for path in _paths(listed)]

    def _whole_groups(self) -> dict[frozenset[int], dict]:
        members: dict[tuple[str, int], set[int]] = {}
        for listed in self.listed.values():
            members.setdefault(("brands", listed.manufacturer_id), set()).add(listed.id)
            for category_id in self._categories(listed):
                members.setdefault(("categories", category_id), set()).add(listed.id)
        # A group of one is no better than naming its product. Categories come last and win over brands.
        in_order = sorted(members.items())
        return {frozenset(ids): {kind: [group]} for (kind, group), ids in in_order if len(ids) > 1}


def _paths(listed: Product) -> list[tuple[str, ...]]:
    """The department, then the category in it, then the type in that, as far as they are known."""
    path = []
    for name in (listed.department, listed.category, listed.type):
        if name is None:
            break
        path.append(name)
    return [tuple(path[: depth + 1]) for depth in range(len(path))]


def _number_categories(products) -> dict[tuple[str, ...], int]:
    paths = sorted({path for listed in products for path in _paths(listed)})
    ids = {}
    for tier in range(_TIERS):
        of_tier = [path for path in paths if len(path) == tier + 1]
        ids.update({path: _TIER_BASE[tier] + number for number, path in enumerate(of_tier, start=1)})
    return ids


def _name(listed: Product) -> str:
    name = listed.type or listed.category or listed.department
    return f"{name}, {listed.package_size}" if listed.package_size else name
