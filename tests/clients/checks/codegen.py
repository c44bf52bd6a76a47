"""Generating coupon codes."""

import re

import bodies
from registry import check, refused, refused_with_list, same

NOWHERE = 999_999_999


def bulk_promotion(store, name):
    return f"promotions/{store.create('promotions', bodies.many_codes(name))['id']}"


def generated(store, path, **body):
    answer = store.create(f"{path}/codegen", body)
    return answer, [entry["code"] for entry in answer["codes"]]


@check("codegen: as many different codes as asked for, 16 characters long and for one use each")
def _(store):
    path = bulk_promotion(store, "Generated")
    answer, codes = generated(store, path, batch_size=5)
    same(answer["batch_size"], 5, "batch_size")
    same((answer["max_uses"], answer["max_uses_per_customer"]), (1, 1), "the limits")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", answer["created"]), answer["created"]
    same(len(set(codes)), 5, "the number of different codes")
    for code in codes:
        assert re.fullmatch(r"[A-Z0-9]{16}", code), f"`{code}` is not 16 letters and digits"
    same([sorted(entry) for entry in answer["codes"]], [["code"]] * 5, "the fields of the codes")


@check("codegen: the codes are the promotion's codes, with the limits")
def _(store):
    path = bulk_promotion(store, "Generated and listed")
    _answer, codes = generated(store, path, batch_size=4, max_uses=0, max_uses_per_customer=3)
    found, _meta = store.page(f"{path}/codes")
    same(sorted(code["code"] for code in found), sorted(codes), "the codes")
    same({(code["max_uses"], code["max_uses_per_customer"]) for code in found}, {(0, 3)}, "the limits")
    promotion = store.one("promotions", path.split("/")[1])
    same(promotion["multiple_codes"], {"has_multiple_codes": True}, "multiple_codes")


@check("codegen: prefix, suffix, delimiter, length and excluded characters shape every code")
def _(store):
    path = bulk_promotion(store, "Shaped")
    answer, codes = generated(
        store, path, batch_size=250, max_uses=1, max_uses_per_customer=1,
        prefix="BF26", suffix="EU", delimiter="-", exclude_characters=["0", "O", "1", "I"], code_length=10,
    )
    same(answer["batch_size"], 250, "batch_size")
    same(len(set(codes)), 250, "the number of different codes")
    for code in codes:
        assert re.fullmatch(r"BF26-[A-HJ-NP-Z2-9]{10}-EU", code), f"`{code}` has another shape"


@check("codegen: without a prefix or suffix the delimiter is not used")
def _(store):
    path = bulk_promotion(store, "Undelimited")
    for body, shape in (
        ({"delimiter": "_"}, r"[A-Z0-9]{8}"),
        ({"delimiter": "_", "prefix": "A"}, r"A_[A-Z0-9]{8}"),
        ({"delimiter": "_", "suffix": "Z"}, r"[A-Z0-9]{8}_Z"),
        ({"prefix": "A", "suffix": "Z"}, r"A[A-Z0-9]{8}Z"),
    ):
        _answer, codes = generated(store, path, batch_size=2, code_length=8, **body)
        for code in codes:
            assert re.fullmatch(shape, code), f"`{code}` has another shape than {shape}"


@check("codegen: a second batch repeats no code of the first")
def _(store):
    path = bulk_promotion(store, "Two batches")
    codes = [code for _batch in range(2) for code in generated(store, path, batch_size=200, code_length=6)[1]]
    same(len(set(codes)), 400, "the number of different codes")
    same(store.page(f"{path}/codes")[1]["pagination"]["total"], 400, "total")


@check("codegen: 405 for automatic promotions and for coupons with a single code")
def _(store):
    for body in (bodies.ten_percent("No codes"), bodies.SINGLE_COUPON):
        path = f"promotions/{store.create('promotions', body)['id']}/codegen"
        answer = refused(405, store.connection.create, path, {"batch_size": 1})
        same(answer.get("status"), 405, "status in the body")
        for key in ("title", "error"):
            assert isinstance(answer.get(key), str) and answer[key], f"{key} is {answer.get(key)!r}"


@check("codegen: what is out of range is a 422 and makes nothing")
def _(store):
    path = bulk_promotion(store, "Out of range")
    for body in (
        {"max_uses": 1}, {"batch_size": 0}, {"batch_size": 251}, {"batch_size": "five"},
        {"batch_size": 1, "code_length": 5}, {"batch_size": 1, "code_length": 17},
        {"batch_size": 1, "max_uses": 100_001}, {"batch_size": 1, "max_uses_per_customer": -1},
        {"batch_size": 1, "prefix": "A" * 21}, {"batch_size": 1, "prefix": "a"},
        {"batch_size": 1, "suffix": "%"},
        {"batch_size": 1, "prefix": "A", "delimiter": "+"}, {"batch_size": 1, "exclude_characters": ["-"]},
        {"batch_size": 1, "prefix": "A" * 20, "suffix": "Z" * 20, "delimiter": "-", "code_length": 16},
    ):
        try:
            refused_with_list(422, store.connection.create, f"{path}/codegen", body)
        except AssertionError as problem:
            raise AssertionError(f"{body}: {problem}") from problem
    same(store.page(f"{path}/codes")[0], [], "the codes afterwards")


@check("codegen: an unknown promotion is a 404")
def _(store):
    refused_with_list(404, store.connection.create, f"promotions/{NOWHERE}/codegen", {"batch_size": 1})
