//! The rows of bad input, by what they are sent to.
//!
//! Each is `name | request | body | status code pointer | words of the message`; it may go on in the next line when
//! that is indented. A body is JSON laid over a sound one of the kind that its first word names, or, after `raw`, text
//! as it is sent. The code is that of the place that is wrong or, without a place, that of the problem.

pub(super) const EVALUATE: &str = r#"
quantity 0 | price | line {"quantity": 0} | 422 out_of_range /cart/lines/0/quantity | from 1 to 1000000
quantity -1 | price | line {"quantity": -1} | 422 out_of_range /cart/lines/0/quantity | not negative
quantity 1000001 | price | line {"quantity": 1000001} | 422 out_of_range /cart/lines/0/quantity | from 1 to 1000000
quantity 1.5 | price | line {"quantity": 1.5} | 422 type /cart/lines/0/quantity | a whole number
quantity 2^53 | price | line {"quantity": 9007199254740992} | 422 out_of_range /cart/lines/0/quantity | at most
quantity as a text | price | line {"quantity": "2"} | 422 type /cart/lines/0/quantity | found the text `2`
negative price | price | line {"price": "-0.01"} | 422 out_of_range /cart/lines/0/price | must not be negative
price too precise | price | line {"price": "1.005"} | 422 out_of_range /cart/lines/0/price | which has 2
price of 2^53 cents | price | line {"price": "90071992547409.92"} | 422 out_of_range /cart/lines/0/price | largest amount
price as a number | price | line {"price": 5} | 422 type /cart/lines/0/price | expected a text
price in words | price | line {"price": "free"} | 422 out_of_range /cart/lines/0/price | such as "12.95"
price with an exponent | price | line {"price": "1e3"} | 422 out_of_range /cart/lines/0/price | a decimal number
list price below zero | price | line {"list_price": "-5"} | 422 out_of_range /cart/lines/0/list_price | negative
no price, not even in the catalog | price | line {"price": null} | 422 required /cart/lines/0/price | the catalog
more than a cart can cost | price | line {"price": "90071992547409.91", "quantity": 2}
    | 422 amount_out_of_range /cart/lines/0/price | 2^53 - 1
product 0 | price | line {"product_id": 0} | 422 out_of_range /cart/lines/0/product_id | from 1 to 2^53 - 1
product 2^53 | price | line {"product_id": 9007199254740992} | 422 out_of_range /cart/lines/0/product_id | 2^53 - 1
product 2^64 - 1 | price | line {"product_id": 18446744073709551615} | 422 out_of_range /cart/lines/0/product_id | 2^53
variant 0 | price | line {"variant_id": 0} | 422 out_of_range /cart/lines/0/variant_id | 2^53 - 1
product by name | price | line {"product_id": "Boot"} | 422 type /cart/lines/0/product_id | found the text `Boot`
line with an empty id | price | line {"id": ""} | 422 out_of_range /cart/lines/0/id | 1 to 300 characters
price that is no number | price | line {"price": "NaN"} | 422 out_of_range /cart/lines/0/price | a decimal number
price that never ends | price | line {"price": "Infinity"} | 422 out_of_range /cart/lines/0/price | a decimal number
price of 1e308 | price | line {"price": "1e308"} | 422 out_of_range /cart/lines/0/price | a decimal number
price of two minus signs | price | line {"price": "--1"} | 422 out_of_range /cart/lines/0/price | a decimal number
price of 2^63 cents | price | line {"price": "92233720368547758.08"} | 422 out_of_range /cart/lines/0/price | largest
yen with decimals | price | cart {"currency": "JPY", "lines": [{"id": "1", "product_id": 1, "quantity": 1,
    "price": "1.5"}]} | 422 out_of_range /cart/lines/0/price | decimals
dinars with four decimals | price | cart {"currency": "KWD", "lines": [{"id": "1", "product_id": 1, "quantity": 1,
    "price": "1.0005"}]} | 422 out_of_range /cart/lines/0/price | which has 3
currency of a line | price | line {"currency": "EUR"} | 422 unknown_field /cart/lines/0/currency | allowed
total of the caller | price | cart {"total": "1.00"} | 422 unknown_field /cart/total | allowed
quantity of 10^9 | price | line {"quantity": 1000000000} | 422 out_of_range /cart/lines/0/quantity | from 1 to 1000000
line without an id | price | line {"id": null} | 422 type /cart/lines/0/id | expected a text
category by name | price | line {"category_ids": [4, "Boots"]} | 422 type /cart/lines/0/category_ids/1 | whole number
option that is no text | price | line {"options": {"Size/EU": 42}} | 422 type /cart/lines/0/options/Size~1EU | a text
unknown field of a line | price | line {"qty": 2} | 422 unknown_field /cart/lines/0/qty | allowed: `id`, `product_id`
unknown field of a cart | price | cart {"coupon": "A"} | 422 unknown_field /cart/coupon | `codes`
unknown field of a customer | price | cart {"customer": {"ID": 7}} | 422 unknown_field /cart/customer/ID | `id`
unknown field of shipping | price | cart {"shipping": {"zone": 1}} | 422 unknown_field /cart/shipping/zone | `zone_id`
unknown field beside the cart | price | request {"carts": []} | 422 unknown_field /carts | `cart`, `at`, `include`
two lines with one id | price | cart {"lines": [{"id": "1", "product_id": 1, "quantity": 1, "price": "1"},
    {"id": "1", "product_id": 2, "quantity": 1, "price": "1"}]} | 422 duplicate /cart/lines/1/id | its own id
no lines | price | cart {"lines": null} | 422 type /cart/lines | a list
lines as an object | price | cart {"lines": {}} | 422 type /cart/lines | expected a list, found an object
unknown currency | price | cart {"currency": "QQQ"} | 422 unknown_currency /cart/currency | such as `USD`
lower-case currency | price | cart {"currency": "usd"} | 422 unknown_currency /cart/currency | in capitals
one code as a text | price | cart {"codes": "SAVE10"} | 422 type /cart/codes | expected a list
eleven gift cards | price | cart {"gift_cards": ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"]}
    | 422 out_of_range /cart/gift_cards | at most 10 codes
negative store credit | price | cart {"store_credit": "-1"} | 422 out_of_range /cart/store_credit | not be negative
cost below zero | price | line {"cost": "-1"} | 422 out_of_range /cart/lines/0/cost | must not be negative
floor in words | price | line {"floor_price": "low"} | 422 out_of_range /cart/lines/0/floor_price | such as "12.95"
tax of 101 % | price | line {"tax_rate": "101"} | 422 out_of_range /cart/lines/0/tax_rate | at most 100
tax rounded somewhere | price | cart {"tax": {"rounding": "CART"}} | 422 unknown_value /cart/tax/rounding | `UNIT`
manual discount on no line | price | cart {"manual_discounts": [{"line_id": "9", "discount": {"fixed_amount": "1"}}]}
    | 422 unknown_line /cart/manual_discounts/0/line_id | the `id` of a line
manual discount of two kinds | price | cart {"manual_discounts": [{"discount": {"fixed_amount": "1",
    "percentage_amount": "1"}}]} | 422 conflict /cart/manual_discounts/0/discount | give either
manual discount on a line and shipping | price | cart {"manual_discounts": [{"line_id": "1", "includes_shipping": true,
    "discount": {"fixed_amount": "1"}}]} | 422 conflict /cart/manual_discounts/0/includes_shipping | `line_id`
manual discount of 0 % | price | cart {"manual_discounts": [{"discount": {"percentage_amount": "0"}}]}
    | 422 out_of_range /cart/manual_discounts/0/discount/percentage_amount | above 0
shipping too precise | price | cart {"shipping": {"cost": "9.955"}} | 422 out_of_range /cart/shipping/cost | decimals
country in small letters | price | cart {"shipping": {"country": "us"}} | 422 out_of_range /cart/shipping/country | `US`
a list of customers | price | cart {"customer": []} | 422 type /cart/customer | expected an object
instant without an offset | price | request {"at": "2026-03-01T10:00:00"} | 422 type /at | with its offset
instant in words | price | request {"at": "tomorrow"} | 422 type /at | 2026-11-27T18:05:00Z
unknown part of the answer | price | request {"include": ["all"]} | 422 unknown_value /include/0 | `trace`, `nudges`
record in words | price | request {"record": "yes"} | 422 type /record | true or false
no cart | price | raw {} | 422 required /cart | `cart` is required
a cart that is a text | price | raw {"cart": "mine"} | 422 type /cart | expected an object
"#;

pub(super) const PROMOTIONS: &str = r#"
a list instead of a promotion | create | raw [] | 422 type  | must be an object, not a list
no name | create | promotion {"name": null} | 422 required /name | is required
empty name | create | promotion {"name": ""} | 422 out_of_range /name | 1 to 250 characters
name as a number | create | promotion {"name": 7} | 422 type /name | must be a string, not a number
no redemption type | create | promotion {"redemption_type": null} | 422 required /redemption_type | is required
unknown redemption type | create | promotion {"redemption_type": "CODE"} | 422 out_of_range /redemption_type | COUPON
coupon type of an automatic one | create | promotion {"coupon_type": "BULK"} | 422 conflict /coupon_type | has codes
unknown coupon type | create | coupon {"coupon_type": "MANY"} | 422 out_of_range /coupon_type | SINGLE, BULK
unknown field | create | promotion {"current_use": 1} | 422 unknown_field /current_use | did you mean `current_uses`?
unknown status | create | promotion {"status": "live"} | 422 out_of_range /status | draft, active, paused, archived
unknown currency | create | promotion {"currency_code": "QQQ"} | 422 unknown_currency /currency_code | `*` for any
lower-case currency | create | promotion {"currency_code": "eur"} | 422 unknown_currency /currency_code | in capitals
end before start | create | promotion {"start_date": "2026-03-02T00:00:00Z", "end_date": "2026-03-01T00:00:00Z"}
    | 422 conflict /end_date | must be after `start_date`
end at the start | create | promotion {"start_date": "2026-03-02T01:00:00+01:00", "end_date": "2026-03-02T00:00:00Z"}
    | 422 conflict /end_date | would never run
end before now | create | promotion {"end_date": "2026-02-28T00:00:00Z"} | 422 conflict /end_date | after `start_date`
start in words | create | promotion {"start_date": "soon"} | 422 type /start_date | 2026-11-27T00:00:00-05:00
start without an offset | create | promotion {"start_date": "2026-03-02T00:00:00"} | 422 type /start_date | its offset
start on a day that does not exist | create | promotion {"start_date": "2026-02-30T00:00:00Z"} | 422 type /start_date |
end as a number | create | promotion {"end_date": 1772323200} | 422 type /end_date | must be an instant
priority with a fraction | create | promotion {"priority": 1.5} | 422 out_of_range /priority | lower first
priority too large | create | promotion {"priority": 1000001} | 422 out_of_range /priority | from -1000000 to 1000000
no uses | create | promotion {"max_uses": 0} | 422 out_of_range /max_uses | from 1 to 1000000000
stop in words | create | promotion {"stop": "yes"} | 422 type /stop | must be true or false
marketing costs, not yet | create | promotion {"marketing_cost": "10"}
    | 422 not_yet /marketing_cost | `marketing_cost` is not supported yet
holdouts, not yet | create | promotion {"holdout": "10"} | 422 not_yet /holdout | refused rather than changed
no uses per customer | create | promotion {"max_uses_per_customer": 0}
    | 422 out_of_range /max_uses_per_customer | from 1 to 1000000000
no uses per day | create | promotion {"max_uses_per_day": 0} | 422 out_of_range /max_uses_per_day | from 1
seller 0 | create | promotion {"seller_id": 0} | 422 out_of_range /seller_id | at least 1
budget as a text | create | promotion {"budget": "100.00"} | 422 type /budget | must be an object, not a string
budget of nothing | create | promotion {"budget": {"amount": "0"}} | 422 out_of_range /budget/amount | above zero
budget without an amount | create | promotion {"budget": {"on_short": "DENY"}} | 422 required /budget/amount | required
budget that does what | create | promotion {"budget": {"amount": "5", "on_short": "LEND"}}
    | 422 out_of_range /budget/on_short | PARTIAL, DENY
budget in any currency | create | promotion {"budget": {"amount": "5"}, "currency_code": "*"}
    | 422 conflict /budget/amount | one currency
two floors | create | promotion {"price_floor": {"fixed_amount": "1", "margin_percentage": "5"}}
    | 422 conflict /price_floor | give one of fixed_amount
no floor | create | promotion {"price_floor": {}} | 422 conflict /price_floor | give one of
floor above the price | create | promotion {"price_floor": {"percentage_of_price": "101"}}
    | 422 out_of_range /price_floor/percentage_of_price | at most 100
funding short of the whole | create | promotion {"funding": [{"funder": "operator", "basis_points": 9999}]}
    | 422 conflict /funding | add up to 10000 basis points, not 9999
one funder twice | create | promotion {"funding": [{"funder": "a", "basis_points": 5000},
    {"funder": "a", "basis_points": 5000}]} | 422 duplicate /funding/1/funder | one part
funder without a part | create | promotion {"funding": [{"funder": "a"}]} | 422 required /funding/0/basis_points | required
scope of nothing | create | promotion {"exclusivity_scope": "LINE"} | 422 conflict /exclusivity_scope | needs `stop`
override of a coupon that shares no line | create | coupon {"can_be_used_with_other_promotions": false,
    "exclusivity_scope": "LINE", "coupon_overrides_other_promotions": true}
    | 422 conflict /coupon_overrides_other_promotions | the scope ORDER
tags as a text | create | promotion {"tags": "spring"} | 422 type /tags | must be a list of strings
tiers that are no texts | create | promotion {"customer": {"loyalty_tiers": [1]}}
    | 422 type /customer/loyalty_tiers/0 | a string of 1 to 250
rewards of another kind | create | promotion {"rewards": "FIRST"} | 422 out_of_range /rewards | ALL, LAST
schedule on Mars | create | promotion {"schedule": {"week_frequency": 1, "week_days": ["Monday"],
    "daily_start_time": "08:00:00", "daily_end_time": "10:00:00", "time_zone": "Mars/Olympus"}}
    | 422 unknown_zone /schedule/time_zone | IANA
both lists of groups | create | promotion {"customer": {"group_ids": [1], "excluded_group_ids": [2]}}
    | 422 conflict /customer/excluded_group_ids | give either `group_ids` or `excluded_group_ids`
unknown field of the customer | create | promotion {"customer": {"groups": [1]}}
    | 422 unknown_field /customer/groups | `groups` is not a field here
channel without an id | create | promotion {"channels": [{}]} | 422 required /channels/0/id | is required
channel as a number | create | promotion {"channels": [1]} | 422 type /channels/0 | must be an object
both countries and not | create | promotion {"shipping_address": {"countries": [{"iso2_country_code": "US"}],
    "not": {"countries": [{"iso2_country_code": "CA"}]}}} | 422 conflict /shipping_address | `countries` or `not`
country by name | create | promotion {"shipping_address": {"countries": [{"iso2_country_code": "Chile"}]}}
    | 422 out_of_range /shipping_address/countries/0/iso2_country_code | two capital letters
override of a coupon that combines | create | coupon {"coupon_overrides_other_promotions": true}
    | 422 conflict /coupon_overrides_other_promotions | `can_be_used_with_other_promotions` to be false
override of an automatic one | create | promotion {"coupon_overrides_other_promotions": true}
    | 422 conflict /coupon_overrides_other_promotions | COUPON
notification of an unknown type | create | promotion {"notifications": [{"type": "SHOUT", "content": "Hey"}]}
    | 422 out_of_range /notifications/0/type | UPSELL
schedule without its end | create | promotion {"schedule": {"week_frequency": 1, "week_days": ["Monday"],
    "daily_start_time": "09:00:00"}} | 422 required /schedule/daily_end_time | is required
schedule without a weekday | create | schedule {"week_days": []} | 422 empty /schedule/week_days | at least one weekday
schedule on an unknown weekday | create | schedule {"week_days": ["Mon"]} | 422 out_of_range /schedule/week_days | Monday
schedule at a bad time | create | schedule {"daily_start_time": "25:00"} | 422 type /schedule/daily_start_time | 18:00:00
schedule every 0 weeks | create | schedule {"week_frequency": 0} | 422 out_of_range /schedule/week_frequency | from 1
change of the redemption type | change | raw {"redemption_type": "COUPON"} | 422 immutable /redemption_type | make a new
change of the coupon type | PATCH /v1/promotions/2 | raw {"coupon_type": "BULK"} | 422 immutable /coupon_type | a new
change to no name | change | raw {"name": null} | 422 required /name | is required
change that is a list | change | raw [] | 422 type  | an object with the fields to change
change of an unknown field | change | raw {"prioritty": 1} | 422 unknown_field /prioritty | did you mean `priority`?
stale change | change, If-Match: "7" | raw {"name": "New"} | 412 stale  | at revision 1, not 7
change with a tag that is none | change, If-Match: latest | raw {"name": "New"} | 422 invalid If-Match | `"3"`
change of an archived one | PATCH /v1/promotions/3 | raw {"status": "active"} | 409 archived  | make a new one
unknown promotion | GET /v1/promotions/99 |  | 404 not_found  | there is no promotion `99`
change of an unknown promotion | PATCH /v1/promotions/99 | raw {"name": "New"} | 404 not_found  | `99`
promotion by name | GET /v1/promotions/boots |  | 404 not_found  | /v1/promotions/boots
promotion above every id | GET /v1/promotions/99999999999999999999 |  | 404 not_found  | 99999999999999999999
"#;

pub(super) const RULES: &str = r#"
no rules | create | promotion {"rules": null} | 422 required /rules | is required
empty rules | create | promotion {"rules": []} | 422 empty /rules | at least one rule
rules as an object | create | promotion {"rules": {}} | 422 type /rules | a list of rules, not an object
rule as a text | create | promotion {"rules": ["10 % off"]} | 422 type /rules/0 | must be an object
rule without an action | create | rule {"action": null} | 422 required /rules/0/action | is required
rule with two actions | create | action {"cart_value": {}, "shipping": {}} | 422 conflict /rules/0/action | exactly one key
rule with joined actions | create | action {"and": []} | 422 conflict /rules/0/action | rules of their own
unknown action | create | action {"cart_item": {}} | 422 unknown_kind /rules/0/action/cart_item | did you mean `cart_items`?
unknown field of a rule | create | rule {"apply_onec": true} | 422 unknown_field /rules/0/apply_onec | `apply_once`?
no discount | create | action {"cart_value": {}} | 422 required /rules/0/action/cart_value/discount | is required
empty discount | create | order_discount {} | 422 conflict /rules/0/action/cart_value/discount | give either
both discounts | create | order_discount {"percentage_amount": "10", "fixed_amount": "5.00"}
    | 422 conflict /rules/0/action/cart_value/discount | give either `percentage_amount` or `fixed_amount`
0 percent | create | order_discount {"percentage_amount": 0}
    | 422 out_of_range /rules/0/action/cart_value/discount/percentage_amount | above 0 and at most 100
101 percent | create | order_discount {"percentage_amount": "101"}
    | 422 out_of_range /rules/0/action/cart_value/discount/percentage_amount | above 0 and at most 100
-5 percent | create | order_discount {"percentage_amount": -5}
    | 422 out_of_range /rules/0/action/cart_value/discount/percentage_amount | above 0 and at most 100
ten percent | create | order_discount {"percentage_amount": "ten"}
    | 422 out_of_range /rules/0/action/cart_value/discount/percentage_amount | such as "12.5"
percentage too precise | create | order_discount {"percentage_amount": "1.23456"}
    | 422 out_of_range /rules/0/action/cart_value/discount/percentage_amount | more than four decimals
amount 0 | create | order_discount {"fixed_amount": "0.00"}
    | 422 out_of_range /rules/0/action/cart_value/discount/fixed_amount | must be above zero
amount too precise | create | order_discount {"fixed_amount": "5.001"}
    | 422 out_of_range /rules/0/action/cart_value/discount/fixed_amount | which has 2
amount for any currency | create | promotion {"currency_code": "*",
    "rules": [{"action": {"cart_value": {"discount": {"fixed_amount": "5.00"}}}}]}
    | 422 conflict /rules/0/action/cart_value/discount/fixed_amount | set `currency_code` to an ISO 4217 code
minimum spend for any currency | create | promotion {"currency_code": "*", "rules": [{"condition":
    {"cart": {"minimum_spend": "50"}}, "action": {"cart_value": {"discount": {"percentage_amount": "5"}}}}]}
    | 422 conflict /rules/0/condition/cart/minimum_spend | set `currency_code`
cap below 1 | create | action {"cart_value": {"discount": {"percentage_amount": "5"},
    "maximum_allowed_discount_amount": "0.50"}}
    | 422 out_of_range /rules/0/action/cart_value/maximum_allowed_discount_amount | from 1 to 10000000
gift of two things | create | action {"gift_item": {"product_id": 7, "variant_id": 8, "quantity": 1}}
    | 422 conflict /rules/0/action/gift_item | give either `product_id` or `variant_id`
gift of nothing | create | action {"gift_item": {"quantity": 1}} | 422 conflict /rules/0/action/gift_item | one thing
no gifts | create | action {"gift_item": {"product_id": 7, "quantity": 0}}
    | 422 out_of_range /rules/0/action/gift_item/quantity | from 1 to 1000
set without a price | create | action {"fixed_price_set": {"quantity": 3}}
    | 422 required /rules/0/action/fixed_price_set/fixed_price | is required
shipping to no zone | create | action {"shipping": {"zone_ids": []}}
    | 422 empty /rules/0/action/shipping/zone_ids | or be `"*"`
shipping that is not free | create | action {"shipping": {"zone_ids": "*", "free_shipping": false}}
    | 422 out_of_range /rules/0/action/shipping/free_shipping | must be true
unknown strategy | create | items {"strategy": "CHEAPEST"} | 422 out_of_range /rules/0/action/cart_items/strategy | LEAST
quantity 0 rewarded | create | items {"quantity": 0} | 422 out_of_range /rules/0/action/cart_items/quantity | from 1
products in an empty list | create | items {"items": {"products": []}}
    | 422 empty /rules/0/action/cart_items/items/products | at least one id
product 0 | create | items {"items": {"products": [7, 0]}}
    | 422 out_of_range /rules/0/action/cart_items/items/products/1 | at least 1
product by name | create | items {"items": {"brands": ["Northwind"]}}
    | 422 type /rules/0/action/cart_items/items/brands/0 | must be a whole number
unknown kind of products | create | items {"items": {"catagories": [1]}}
    | 422 unknown_kind /rules/0/action/cart_items/items/catagories | did you mean `categories`?
two kinds of products at once | create | items {"items": {"brands": [1], "categories": [2]}}
    | 422 conflict /rules/0/action/cart_items/items | join several with `and`
option without values | create | items {"items": {"product_option": {"name": "Size", "values": []}}}
    | 422 empty /rules/0/action/cart_items/items/product_option/values | at least one value
empty and | create | condition {"and": []} | 422 empty /rules/0/condition/and | at least one part
empty condition | create | condition {} | 422 empty /rules/0/condition | exactly one key
unknown condition | create | condition {"weather": "sun"} | 422 unknown_kind /rules/0/condition/weather | cart
condition that asks nothing | create | condition {"cart": {}}
    | 422 empty /rules/0/condition/cart | give `items`, `minimum_spend` or `maximum_spend`
quantity of nothing in particular | create | condition {"cart": {"minimum_quantity": 2, "minimum_spend": "1"}}
    | 422 conflict /rules/0/condition/cart/minimum_quantity | needs `items`
negative minimum spend | create | condition {"not": {"cart": {"minimum_spend": "-1"}}}
    | 422 out_of_range /rules/0/condition/not/cart/minimum_spend | must not be negative
unknown field of a condition deep down | create | condition {"or": [{"cart": {"minimum_spend": "1"}},
    {"cart": {"minimum_spent": "1", "items": {"brands": [1]}}}]}
    | 422 unknown_field /rules/0/condition/or/1/cart/minimum_spent | did you mean `minimum_spend`?
spend the wrong way round | create | condition {"cart": {"minimum_spend": "10", "maximum_spend": "5"}}
    | 422 conflict /rules/0/condition/cart/maximum_spend | not be less than `minimum_spend`
units the wrong way round | create | condition {"cart": {"items": {"brands": [1]}, "minimum_quantity": 3,
    "maximum_quantity": 2}} | 422 conflict /rules/0/condition/cart/maximum_quantity | `minimum_quantity`
most units of nothing | create | condition {"cart": {"minimum_spend": "1", "maximum_quantity": 2}}
    | 422 conflict /rules/0/condition/cart/maximum_quantity | needs `items`
spend on what basis | create | condition {"cart": {"minimum_spend": "1", "spend_basis": "FINAL"}}
    | 422 out_of_range /rules/0/condition/cart/spend_basis | ORIGINAL
rule without an action | create | promotion {"rules": [{"condition": {"cart": {"minimum_spend": "1"}}}]}
    | 422 required /rules/0/action | filters without an action do not apply
maximum of a rule that applies once | create | rule {"maximum_applications": 3}
    | 422 conflict /rules/0/maximum_applications | `apply_once` to be false
cap per unit of a total | create | action {"cart_items": {"discount": {"percentage_amount": "10"}, "as_total": true,
    "maximum_discount_per_unit": "2"}} | 422 conflict /rules/0/action/cart_items/maximum_discount_per_unit | a total
amount per line of a percentage | create | action {"cart_items": {"discount": {"percentage_amount": "10"},
    "amount_per": "LINE"}} | 422 conflict /rules/0/action/cart_items/amount_per | `fixed_amount`
shipping by no method | create | action {"shipping": {"zone_ids": "*", "methods": []}}
    | 422 empty /rules/0/action/shipping/methods | leave it out
free and cheaper shipping | create | action {"shipping": {"zone_ids": "*", "free_shipping": true,
    "flat_price": "5"}} | 422 conflict /rules/0/action/shipping | give one of
shipping that stays as it is | create | action {"shipping": {"zone_ids": "*", "free_shipping": false}}
    | 422 out_of_range /rules/0/action/shipping/free_shipping | unless `discount` or `flat_price`
bundle of nothing | create | action {"bundle": {"parts": [], "fixed_price": "5"}}
    | 422 out_of_range /rules/0/action/bundle/parts | 1 to 20 parts
bundle for no price | create | action {"bundle": {"parts": [{"items": {"products": [1]}}]}}
    | 422 conflict /rules/0/action/bundle | give either `discount` or `fixed_price`
part of nothing in particular | create | action {"bundle": {"parts": [{"quantity": 2}], "fixed_price": "5"}}
    | 422 required /rules/0/action/bundle/parts/0/items | required
none of a part | create | action {"bundle": {"parts": [{"items": {"products": [1]}, "quantity": 0}], "fixed_price": "5"}}
    | 422 out_of_range /rules/0/action/bundle/parts/0/quantity | from 1 to 100
orders the wrong way round | create | condition {"order_number": {"from": 3, "to": 2}}
    | 422 conflict /rules/0/condition/order_number/to | must not be less than `from`
rule that never ends | create | rule {"apply_once": false} | 422 never_ends /rules/0/apply_once | a condition with a minimum
"#;

pub(super) const CODES: &str = r#"
code that exists | code | raw {"code": "SAVE10"} | 409 code_exists  | the code `SAVE10` exists already
code that exists in other case | code | raw {"code": " save10 "} | 409 code_exists  | in the promotion 2 "Ten percent", which is active
code of another promotion | POST /v1/promotions/4/codes | raw {"code": "Save10"} | 409 code_exists  | exists already
code with a percent sign | code | raw {"code": "10%"} | 422 out_of_range /code | not `%`
code with a letter like an A | code | raw {"code": "SАVE"} | 422 out_of_range /code | the letters A to Z
code of blanks | code | raw {"code": "  "} | 422 out_of_range /code | must not be empty
code of 51 characters | code | raw {"code": "AAAAAAAAAABBBBBBBBBBCCCCCCCCCCDDDDDDDDDDEEEEEEEEEEF"}
    | 422 out_of_range /code | at most 50 characters
neither code nor count | code | raw {} | 422 conflict /code | either `code`, the code to add, or `count`
both code and count | code | raw {"code": "A", "count": 1} | 422 conflict /code | give either
unknown field of codes | code | raw {"code": "A", "max_use": 1} | 422 unknown_field /max_use | `max_uses`
negative limit of a code | code | raw {"code": "A", "max_uses": -1} | 422 out_of_range /max_uses | not negative
too large a limit of a code | code | raw {"code": "A", "max_uses": 1000000001} | 422 out_of_range /max_uses | 1000000000
code of an automatic promotion | POST /v1/promotions/1/codes | raw {"code": "A"} | 409 not_a_coupon  | COUPON
many codes where there is one | code | raw {"count": 5} | 409 not_bulk  | `coupon_type` BULK
code of an unknown promotion | POST /v1/promotions/99/codes | raw {"code": "A"} | 404 not_found  | `99`
codes of an unknown promotion | GET /v1/promotions/99/codes |  | 404 not_found  | `99`
no codes to make | POST /v1/promotions/4/codes | raw {"count": 0} | 422 out_of_range /count | from 1 to 10000
10001 codes to make | POST /v1/promotions/4/codes | raw {"count": 10001} | 422 out_of_range /count | from 1 to 10000
codes of 5 characters | POST /v1/promotions/4/codes | raw {"count": 1, "length": 5} | 422 out_of_range /length | 6 to 32
codes with a blank before them | POST /v1/promotions/4/codes | raw {"count": 1, "prefix": "A B"}
    | 422 out_of_range /prefix | only letters, digits
codes that grow too long | POST /v1/promotions/4/codes | raw {"count": 1, "length": 32, "prefix": "BLACKFRIDAYWEEKEND2026"}
    | 422 out_of_range /length | exceed 50 characters
"#;

pub(super) const SETTINGS: &str = r#"
unknown currency | settings | raw {"currency": "QQQ"} | 422 unknown_currency /currency | such as `USD`
lower-case currency | settings | raw {"currency": "usd"} | 422 unknown_currency /currency | in capitals
unknown zone | settings | raw {"time_zone": "Mars/Olympus"} | 422 unknown_zone /time_zone | `Europe/Berlin`
no codes at all | settings | raw {"number_of_coupons_allowed_at_checkout": 0}
    | 422 out_of_range /number_of_coupons_allowed_at_checkout | from 1 to 100
101 codes | settings | raw {"number_of_coupons_allowed_at_checkout": 101}
    | 422 out_of_range /number_of_coupons_allowed_at_checkout | from 1 to 100
country in small letters | settings | raw {"country_code": "us"} | 422 out_of_range /country_code | `US`
margin in words | settings | raw {"minimum_margin_percentage": "low"}
    | 422 out_of_range /minimum_margin_percentage | such as "12.5"
no discounts at all | settings | raw {"maximum_discount_percentage": "0"}
    | 422 out_of_range /maximum_discount_percentage | above 0
rounding of another kind | settings | raw {"percentage_rounding": "UP"} | 422 unknown_value /percentage_rounding | `PRICE`
empty name | settings | raw {"name": ""} | 422 out_of_range /name | 1 to 250 characters
switch in words | settings | raw {"promotions_applied_on_original_product_price": "yes"}
    | 422 type /promotions_applied_on_original_product_price | expected true or false
unknown setting | settings | raw {"timezone": "UTC"} | 422 unknown_field /timezone | `time_zone`
one bad of two | settings | raw {"name": "Changed", "currency": "QQQ"} | 422 unknown_currency /currency | ISO 4217
a list of settings | settings | raw [] | 422 type  | expected an object
"#;

pub(super) const CATALOG: &str = r#"
no items | products | raw {} | 422 required /items | `items` is required
items as an object | products | raw {"items": {}} | 422 type /items | expected a list
no name | products | raw {"items": [{"id": 1}]} | 422 required /items/0/name | `name` is required
product 0 | products | raw {"items": [{"id": 0, "name": "Sock"}]} | 422 out_of_range /items/0/id | 2^53 - 1
negative price | products | raw {"items": [{"id": 1, "name": "Sock", "price": "-1"}]}
    | 422 out_of_range /items/0/price | must not be negative
one bad of two | products | raw {"items": [{"id": 1, "name": "Sock"}, {"id": 2, "name": "Hat", "price": "1.005"}]}
    | 422 out_of_range /items/1/price | has more decimals
one id twice | products | raw {"items": [{"id": 1, "name": "Sock"}, {"id": 1, "name": "Hat"}]}
    | 422 duplicate /items/1/id | send each id once
unknown product | GET /v1/products/5 |  | 404 not_found  | there is no product `5`
unknown customer | GET /v1/customers/5 |  | 404 not_found  | there is no customer `5`
"#;

pub(super) const HTTP: &str = r#"
JSON that breaks off | create | raw {"name": "Boots", | 400 malformed_json  | at line 1, column
JSON with a trailing comma | create | raw {"name": "Boots",} | 400 malformed_json  | trailing comma
bytes after the JSON | create | raw {} {} | 400 malformed_json  | trailing characters
number beyond all numbers | price | raw {"cart": 1e999} | 400 malformed_json  | number out of range
no body | create | raw | 400 malformed_json  | the body is empty; send JSON
one key twice | create | raw {"name": "A", "rules": [{"stop": true, "stop": false}]} | 400 duplicate_key
    | `/rules/0/stop` is written twice; remove one
one key twice, once escaped | settings | raw {"name": "A", "n\u0061me": "B"} | 400 duplicate_key  | `/name`
NUL in a text | create | promotion {"name": "Boots\u0000"} | 422 character /name | U+0000
NUL in a key | settings | raw {"na\u0000me": "A"} | 422 character /na\0me | U+0000
NUL in a code | price | cart {"codes": ["A\u0000"]} | 422 character /cart/codes/0 | U+0000
NUL in the query | GET /v1/promotions?query=a%00b |  | 422 character ?query | U+0000
NUL in a cursor | GET /v1/promotions?sort=name&after=WyJhXHUwMDAwIiwxXQ |  | 422 invalid ?after | `next_cursor`
body of another type | create, Content-Type: text/plain | promotion {} | 415 unsupported_media_type
    | send `Content-Type: application/json`
body of a form | create, Content-Type: application/x-www-form-urlencoded | raw name=Boots | 415 unsupported_media_type
    | sent as `application/x-www-form-urlencoded`
no key | GET /v1/promotions, Authorization: none |  | 401 unauthorized  | send `Authorization: Bearer sk_…`
unknown key | GET /v1/promotions, Authorization: Bearer sk_unknown |  | 401 unauthorized  | no store has this key
a password instead of a key | GET /v1/promotions, Authorization: Basic YTpi |  | 401 unauthorized  | `Bearer sk_…`
no key for pricing | price, Authorization: none | request {} | 401 unauthorized  | no key was sent
publishable key for a list | GET /v1/promotions, Authorization: publishable |  | 403 forbidden  | needs a secret key
publishable key for a change | create, Authorization: publishable | promotion {} | 403 forbidden  | needs a secret key
publishable key for a time | price, Authorization: publishable | request {"at": "2026-03-01T10:00:00Z"}
    | 403 forbidden  | `at` needs a secret key
publishable key for a discount by hand | price, Authorization: publishable
    | cart {"manual_discounts": [{"discount": {"fixed_amount": "1"}}]} | 403 forbidden  | only staff
publishable key for a record | price, Authorization: publishable | request {"record": true}
    | 403 forbidden  | `record` needs a secret key
unknown evaluation | GET /v1/evaluations/7 |  | 404 not_found  | there is no evaluation `7`
evaluation with NUL | GET /v1/evaluations/a%00b |  | 404 not_found  | /v1/evaluations/a%00b
quote of an unknown evaluation | POST /v1/evaluations/7/return-quote | raw {} | 404 not_found  | there is no evaluation `7`
quote that is a list | POST /v1/evaluations/7/return-quote | raw [] | 422 type  | expected an object
unknown path | GET /v1/promotion |  | 404 not_found  | /openapi.json lists what there is
wrong method | DELETE /v1/promotions/1 |  | 405 method_not_allowed  | does not take `DELETE`
limit 0 | GET /v1/promotions?limit=0 |  | 422 out_of_range ?limit | from 1 to 250
limit 251 | GET /v1/promotions?limit=251 |  | 422 out_of_range ?limit | from 1 to 250
limit in words | GET /v1/promotions?limit=all |  | 422 type ?limit | whole number
unknown parameter | GET /v1/promotions?page=2 |  | 422 unknown_field ?page | `limit`, `after`
one parameter twice | GET /v1/promotions?limit=1&limit=2 |  | 422 duplicate ?limit | remove one
unknown order | GET /v1/promotions?sort=created |  | 422 unknown_value ?sort | `id`, `name`, `priority`, `start_date`
unknown state | GET /v1/promotions?status=ENABLED |  | 422 unknown_value ?status | `scheduled`
unknown direction | GET /v1/promotions?direction=up |  | 422 unknown_value ?direction | `asc`, `desc`
channel beyond all numbers | GET /v1/promotions?channel_id=9223372036854775808 |  | 422 type ?channel_id | whole number
tampered cursor | GET /v1/promotions?after=eyJub25zZW5zZSI6MX0 |  | 422 invalid ?after | send the `next_cursor`
cursor that is no base64 | GET /v1/promotions?after=%25%25 |  | 422 invalid ?after | is not a cursor of this list
cursor of another order | GET /v1/promotions?after=WyJib290cyIsMV0 |  | 422 invalid ?after | with the same sort
cursor of another list | GET /v1/promotions/2/codes?after=WyJib290cyIsMV0 |  | 422 invalid ?after | `next_cursor`
"#;
