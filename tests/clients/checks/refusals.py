"""Bodies that must be refused, and how."""

import bodies
from registry import check, refused, refused_with_list

PLAIN = bodies.rule("cart_value", bodies.percent("10"))


def one_rule(*of_rule):
    return bodies.automatic("Bad", bodies.rule(*of_rule))


# What is wrong, and the body.
INVALID = [
    ("no name", {"redemption_type": "AUTOMATIC", "rules": [PLAIN]}),
    ("no redemption type", {"name": "Bad", "rules": [PLAIN]}),
    ("no rules", {"name": "Bad", "redemption_type": "AUTOMATIC"}),
    ("a redemption type that does not exist", {"name": "Bad", "redemption_type": "MAGIC", "rules": [PLAIN]}),
    ("a rule without an action", bodies.automatic("Bad", {"apply_once": True})),
    ("an action that does not exist", one_rule("cart_magic", bodies.percent("10"))),
    ("a discount of more than 100 %", one_rule("cart_value", bodies.percent("101"))),
    ("a negative amount", one_rule("cart_value", bodies.amount("-1.00"))),
    ("a name that is a number", {"name": 7, "redemption_type": "AUTOMATIC", "rules": [PLAIN]}),
    (
        "an amount for all currencies (`*`)",
        bodies.coupon("Bad", bodies.rule("cart_value", bodies.amount("5.00")), currency_code="*"),
    ),
    ("a currency that does not exist", bodies.ten_percent("Bad", currency_code="QQQ")),
    (
        "an end before the start",
        bodies.ten_percent(
            "Bad", start_date="2027-02-01T00:00:00+00:00", end_date="2027-01-01T00:00:00+00:00"
        ),
    ),
    ("a start that is no date", bodies.ten_percent("Bad", start_date="soon")),
    (
        "both included and excluded customer groups",
        bodies.ten_percent("Bad", customer={"group_ids": [1], "excluded_group_ids": [2]}),
    ),
    (
        "a coupon that overrides others and combines with them",
        bodies.coupon(
            "Bad", PLAIN, can_be_used_with_other_promotions=True, coupon_overrides_other_promotions=True
        ),
    ),
    (
        "a schedule with a part missing",
        bodies.ten_percent("Bad", schedule={"week_frequency": 1, "week_days": ["Monday"]}),
    ),
]


def register_each_fault(fault, body):
    @check(f"refuse: {fault} is a 422 with a list of errors")
    def _(store):
        refused_with_list(422, store.connection.create, "promotions", body)


for each in INVALID:
    register_each_fault(*each)


@check("refuse: what is no JSON is a 400 with status, title, type and detail")
def _(store):
    headers = {"Content-Type": "application/json"}
    body = refused(400, store.connection.post, "promotions", '{"name": "cut', headers=headers)
    assert body.get("status") == 400, f"status in the body is {body.get('status')!r}"
    for key in ("title", "type", "detail"):
        assert isinstance(body.get(key), str) and body[key], f"{key} is {body.get(key)!r}"


@check("refuse: nothing that was refused is listed")
def _(store):
    found, _meta = store.page("promotions", name="Bad")
    assert not found, f"{len(found)} of the refused promotions exist"
