//! The cases that REST and the graph must answer alike.

#![allow(clippy::too_many_lines, reason = "they are tables")]

use serde_json::{Value, json};

/// A request over REST, and the field and arguments that ask the same of the graph.
pub(super) struct Case {
    pub(super) rest: &'static str,
    pub(super) body: Value,
    pub(super) field: &'static str,
    pub(super) arguments: Value,
    /// The code with which both refuse it; empty when both do it.
    pub(super) code: &'static str,
}

fn case(rest: &'static str, body: Value, field: &'static str, arguments: Value, code: &'static str) -> Case {
    Case { rest, body, field, arguments, code }
}

fn promotion(name: &str, more: Value) -> Value {
    let mut document = json!({
        "name": name, "redemption_type": "AUTOMATIC",
        "rules": [{ "action": { "cart_value": { "discount": { "percentage_amount": "10" } } } }],
    });
    document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    document
}

fn cart(more: Value) -> Value {
    let mut cart = json!({ "currency": "USD", "lines": [{ "id": "1", "product_id": 7, "quantity": 2, "price": "20.00" }] });
    cart.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    cart
}

pub(super) fn promotions() -> Vec<Case> {
    let (coupon, single) = (
        json!({ "redemption_type": "COUPON", "coupon_type": "BULK" }),
        json!({ "redemption_type": "COUPON" }),
    );
    let bad_rules = json!({ "rules": [{ "action": { "cart_value": { "discount": { "percentage_amount": "110" } } } }], "nmae": 1 });
    vec![
        case(
            "POST /v1/promotions",
            promotion("One", json!({ "priority": 3 })),
            "promotionCreate",
            json!({}),
            "",
        ),
        case("POST /v1/promotions", promotion("Two", coupon), "promotionCreate", json!({}), ""),
        case("POST /v1/promotions", promotion("Three", single), "promotionCreate", json!({}), ""),
        case("POST /v1/promotions", json!({}), "promotionCreate", json!({}), "invalid"),
        case("POST /v1/promotions", promotion("Four", bad_rules), "promotionCreate", json!({}), "invalid"),
        case("POST /v1/promotions/lint", promotion("Five", json!({})), "promotionLint", json!({}), ""),
        case("POST /v1/promotions/lint", json!({ "name": "" }), "promotionLint", json!({}), "invalid"),
        case("GET /v1/promotions/1", Value::Null, "promotion", json!({ "id": 1 }), ""),
        case("GET /v1/promotions/99", Value::Null, "promotion", json!({ "id": 99 }), "not_found"),
        case("PATCH /v1/promotions/1", json!({ "name": "First" }), "promotionUpdate", json!({ "id": 1 }), ""),
        case(
            "PATCH /v1/promotions/1",
            json!({ "name": 7 }),
            "promotionUpdate",
            json!({ "id": 1 }),
            "invalid",
        ),
        case(
            "PATCH /v1/promotions/1",
            json!({ "redemption_type": "COUPON" }),
            "promotionUpdate",
            json!({ "id": 1 }),
            "invalid",
        ),
        case(
            "PATCH /v1/promotions/1",
            json!({ "name": "x" }),
            "promotionUpdate",
            json!({ "id": 1, "revision": 1 }),
            "stale",
        ),
        case(
            "PATCH /v1/promotions/99",
            json!({ "name": "x" }),
            "promotionUpdate",
            json!({ "id": 99 }),
            "not_found",
        ),
        case("POST /v1/promotions/1/pause", json!({}), "promotionPause", json!({ "id": 1 }), ""),
        case("POST /v1/promotions/1/activate", json!({}), "promotionActivate", json!({ "id": 1 }), ""),
        case("POST /v1/promotions/3/duplicate", json!({}), "promotionDuplicate", json!({ "id": 3 }), ""),
        case("POST /v1/promotions/1/archive", json!({}), "promotionArchive", json!({ "id": 1 }), ""),
        case("GET /v1/promotions/counts", Value::Null, "promotionCounts", json!({}), ""),
        case(
            "PATCH /v1/promotions/1",
            json!({ "name": "x" }),
            "promotionUpdate",
            json!({ "id": 1 }),
            "archived",
        ),
        case(
            "GET /v1/promotions?limit=2&sort=name",
            Value::Null,
            "promotions",
            json!({ "first": 2, "sort": "name" }),
            "",
        ),
        case(
            "GET /v1/promotions?status=archived&limit=10",
            Value::Null,
            "promotions",
            json!({ "status": "archived", "first": 10 }),
            "",
        ),
        case(
            "GET /v1/promotions?status=live&limit=10",
            Value::Null,
            "promotions",
            json!({ "status": "live", "first": 10 }),
            "invalid",
        ),
        case(
            "GET /v1/promotions?after=x&limit=10",
            Value::Null,
            "promotions",
            json!({ "after": "x", "first": 10 }),
            "invalid",
        ),
    ]
}

pub(super) fn codes() -> Vec<Case> {
    let add = |promotion: i64| json!({ "promotionId": promotion });
    let of = |code: i64| json!({ "promotionId": 2, "codeId": code });
    vec![
        case(
            "POST /v1/promotions/2/codes",
            json!({ "code": "SAVE10", "max_uses": 1 }),
            "couponCodesAdd",
            add(2),
            "",
        ),
        case(
            "POST /v1/promotions/2/codes",
            json!({ "code": "save10" }),
            "couponCodesAdd",
            add(2),
            "code_exists",
        ),
        case("POST /v1/promotions/2/codes", json!({ "code": "%" }), "couponCodesAdd", add(2), "invalid"),
        case("POST /v1/promotions/1/codes", json!({ "code": "A" }), "couponCodesAdd", add(1), "not_a_coupon"),
        case("POST /v1/promotions/3/codes", json!({ "count": 3 }), "couponCodesAdd", add(3), "not_bulk"),
        case(
            "POST /v1/promotions/2/codes",
            json!({ "count": 0, "length": 3 }),
            "couponCodesAdd",
            add(2),
            "invalid",
        ),
        case("POST /v1/promotions/2/codes", json!({}), "couponCodesAdd", add(2), "invalid"),
        case("POST /v1/promotions/99/codes", json!({ "code": "A" }), "couponCodesAdd", add(99), "not_found"),
        case("GET /v1/promotions/2/codes", Value::Null, "couponCodes", add(2), ""),
        case("GET /v1/promotions/99/codes", Value::Null, "couponCodes", add(99), "not_found"),
        case("PATCH /v1/promotions/2/codes/1", json!({ "max_uses": 5 }), "couponCodeUpdate", of(1), ""),
        case(
            "PATCH /v1/promotions/2/codes/1",
            json!({ "max_uses": 1_000_000_001 }),
            "couponCodeUpdate",
            of(1),
            "invalid",
        ),
        case(
            "PATCH /v1/promotions/2/codes/99",
            json!({ "max_uses": 5 }),
            "couponCodeUpdate",
            of(99),
            "not_found",
        ),
        case("POST /v1/coupons/validate", json!({ "code": "SAVE10" }), "couponValidate", json!({}), ""),
        case(
            "POST /v1/coupons/validate",
            json!({ "code": "OTHER", "cart": cart(json!({})) }),
            "couponValidate",
            json!({}),
            "",
        ),
        case(
            "POST /v1/coupons/validate",
            json!({ "code": "A", "cart": cart(json!({ "currency": "X" })) }),
            "couponValidate",
            json!({}),
            "invalid",
        ),
        case(
            "POST /v1/promotions/2/codes/generate",
            json!({ "count": 10 }),
            "couponCodesGenerate",
            add(2),
            "",
        ),
        case(
            "POST /v1/promotions/2/codes/generate",
            json!({ "count": 10, "length": 4 }),
            "couponCodesGenerate",
            add(2),
            "invalid",
        ),
        case(
            "POST /v1/promotions/1/codes/generate",
            json!({ "count": 10 }),
            "couponCodesGenerate",
            add(1),
            "not_a_coupon",
        ),
        case("DELETE /v1/promotions/2/codes/77", Value::Null, "couponCodeDelete", of(77), ""),
    ]
}

pub(super) fn gift_cards() -> Vec<Case> {
    let key = |key: &str| json!({ "idempotencyKey": key });
    let of = |card: i64, key: &str| json!({ "id": card, "idempotencyKey": key });
    vec![
        case(
            "POST /v1/gift-cards",
            json!({ "amount": "50.00", "kind": "physical", "note": "x" }),
            "giftCardCreate",
            key("g1"),
            "",
        ),
        case(
            "POST /v1/gift-cards",
            json!({ "amount": "50.00" }),
            "giftCardCreate",
            key("g1"),
            "idempotency_mismatch",
        ),
        case(
            "POST /v1/gift-cards",
            json!({ "amount": "50.00" }),
            "giftCardCreate",
            json!({}),
            "idempotency_key_required",
        ),
        case("POST /v1/gift-cards", json!({ "amount": "fifty" }), "giftCardCreate", key("g2"), "invalid"),
        case("POST /v1/gift-cards", json!({ "amount": "0.00" }), "giftCardCreate", key("g3"), "?"),
        case(
            "POST /v1/gift-cards",
            json!({ "amount": "5.00", "expires_at": "2020-01-01T00:00:00Z" }),
            "giftCardCreate",
            key("g4"),
            "invalid",
        ),
        case("GET /v1/gift-cards/1", Value::Null, "giftCard", json!({ "id": 1 }), ""),
        case("GET /v1/gift-cards/99", Value::Null, "giftCard", json!({ "id": 99 }), "not_found"),
        case("GET /v1/gift-cards?status=active", Value::Null, "giftCards", json!({ "status": "active" }), ""),
        case(
            "POST /v1/gift-cards/1/adjust",
            json!({ "amount": "+5.00", "reason": "x" }),
            "giftCardAdjust",
            of(1, "g5"),
            "",
        ),
        case(
            "POST /v1/gift-cards/1/adjust",
            json!({ "amount": "-95.00", "reason": "x" }),
            "giftCardAdjust",
            of(1, "g6"),
            "insufficient_balance",
        ),
        case(
            "POST /v1/gift-cards/1/extend",
            json!({ "expires_at": "2030-01-01T00:00:00Z" }),
            "giftCardExtend",
            of(1, "g7"),
            "",
        ),
        case(
            "POST /v1/gift-cards/1/extend",
            json!({ "expires_at": null }),
            "giftCardExtend",
            of(1, "g8"),
            "",
        ),
        case(
            "POST /v1/gift-cards/1/extend",
            json!({ "expires_at": "soon" }),
            "giftCardExtend",
            of(1, "g9"),
            "invalid",
        ),
        case("POST /v1/gift-cards/1/resend", json!({}), "giftCardResend", of(1, "g10"), "no_recipient"),
        case(
            "GET /v1/gift-cards/1/transactions",
            Value::Null,
            "giftCardTransactions",
            json!({ "giftCardId": 1 }),
            "",
        ),
        case("POST /v1/gift-cards/1/void", json!({ "reason": "" }), "giftCardVoid", of(1, "g11"), "invalid"),
        case("POST /v1/gift-cards/1/void", json!({ "reason": "Stolen" }), "giftCardVoid", of(1, "g12"), ""),
        case(
            "POST /v1/gift-cards/1/adjust",
            json!({ "amount": "+5.00", "reason": "x" }),
            "giftCardAdjust",
            of(1, "g13"),
            "voided",
        ),
        case(
            "POST /v1/gift-cards/99/void",
            json!({ "reason": "x" }),
            "giftCardVoid",
            of(99, "g14"),
            "not_found",
        ),
        case(
            "POST /v1/gift-cards/bulk",
            json!({ "count": 500, "template": { "amount": "25.00" } }),
            "giftCardBulkCreate",
            key("g15"),
            "",
        ),
        case(
            "POST /v1/gift-cards/bulk",
            json!({ "count": 0, "template": { "amount": "25.00" } }),
            "giftCardBulkCreate",
            key("g16"),
            "invalid",
        ),
        case(
            "POST /v1/gift-cards/balance",
            json!({ "code": "AAAA-AAAA-AAAA-AAAA-A" }),
            "giftCardBalance",
            json!({}),
            "gift_card_not_usable",
        ),
        case("GET /v1/gift-cards/liability", Value::Null, "giftCardLiability", json!({}), ""),
    ]
}

pub(super) fn orders() -> Vec<Case> {
    let key = |key: &str| json!({ "idempotencyKey": key });
    let of = |order: i64, key: &str| json!({ "id": order, "idempotencyKey": key });
    let place = |more: Value, cart_more: Value| {
        let mut body = json!({ "cart": cart(cart_more) });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    vec![
        case(
            "POST /v1/evaluate",
            place(json!({ "include": ["trace"] }), json!({ "codes": ["SAVE10"] })),
            "evaluate",
            json!({}),
            "",
        ),
        case(
            "POST /v1/evaluate",
            place(
                json!({}),
                json!({ "lines": [{ "id": "1", "product_id": 7, "quantity": 0, "price": "x" }] }),
            ),
            "evaluate",
            json!({}),
            "invalid",
        ),
        case(
            "POST /v1/orders",
            place(json!({ "reference": "A" }), json!({ "codes": ["SAVE10"] })),
            "orderPlace",
            key("o1"),
            "",
        ),
        case(
            "POST /v1/orders",
            place(json!({}), json!({ "codes": ["NONE"] })),
            "orderPlace",
            key("o2"),
            "code_refused",
        ),
        case(
            "POST /v1/orders",
            place(json!({}), json!({ "gift_cards": ["AAAA-AAAA-AAAA-AAAA-A"] })),
            "orderPlace",
            key("o3"),
            "gift_card_refused",
        ),
        case(
            "POST /v1/orders",
            place(json!({ "expected_total": "1.00" }), json!({})),
            "orderPlace",
            key("o4"),
            "price_changed",
        ),
        case(
            "POST /v1/orders",
            place(json!({ "reference": "A" }), json!({})),
            "orderPlace",
            key("o5"),
            "order_exists",
        ),
        case(
            "POST /v1/orders",
            place(json!({ "reference": "" }), json!({})),
            "orderPlace",
            key("o6"),
            "invalid",
        ),
        case("GET /v1/orders/1", Value::Null, "order", json!({ "id": 1 }), ""),
        case("GET /v1/orders/99", Value::Null, "order", json!({ "id": 99 }), "not_found"),
        case("GET /v1/orders?limit=5", Value::Null, "orders", json!({ "first": 5 }), ""),
        case(
            "GET /v1/orders?status=x&limit=5",
            Value::Null,
            "orders",
            json!({ "status": "x", "first": 5 }),
            "invalid",
        ),
        case(
            "PATCH /v1/orders/1",
            json!({ "status": "fulfilled", "payment": { "terms": "NET 30" } }),
            "orderUpdate",
            json!({ "id": 1 }),
            "",
        ),
        case(
            "PATCH /v1/orders/1",
            json!({ "status": "cancelled" }),
            "orderUpdate",
            json!({ "id": 1 }),
            "invalid",
        ),
        case("POST /v1/orders/1/cancel", json!({}), "orderCancel", of(1, "o7"), "order_state"),
        case(
            "POST /v1/orders/1/refund",
            json!({ "lines": [{ "id": "1", "quantity": 1 }] }),
            "orderRefund",
            of(1, "o8"),
            "",
        ),
        case(
            "POST /v1/orders/1/refund",
            json!({ "amount": "900.00" }),
            "orderRefund",
            of(1, "o9"),
            "nothing_to_refund",
        ),
        case(
            "POST /v1/orders/1/refund",
            json!({ "amount": "1.00", "with_shipping": true }),
            "orderRefund",
            of(1, "o10"),
            "invalid",
        ),
        case(
            "POST /v1/reservations",
            place(json!({}), json!({ "id": "cart-1" })),
            "reservationCreate",
            key("o11"),
            "",
        ),
        case("DELETE /v1/reservations/1", Value::Null, "reservationRelease", json!({ "id": 1 }), ""),
        case(
            "POST /v1/reservations/1/renew",
            json!({}),
            "reservationRenew",
            json!({ "id": 1 }),
            "reservation_ended",
        ),
        case("GET /v1/reservations/1", Value::Null, "reservation", json!({ "id": 1 }), ""),
        case("GET /v1/settings", Value::Null, "settings", json!({}), ""),
        case(
            "PATCH /v1/settings",
            json!({ "time_zone": "Mars/Olympus" }),
            "settingsUpdate",
            json!({}),
            "invalid",
        ),
        case(
            "POST /v1/customers/7/store-credit/adjust",
            json!({ "amount": "+5.00", "reason": "x" }),
            "storeCreditAdjust",
            json!({ "customerId": 7, "idempotencyKey": "o12" }),
            "?",
        ),
    ]
}
