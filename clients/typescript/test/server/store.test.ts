/** The client against a running server. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Largesse, LargesseError, type CartIn, type PromotionInput } from "@largesse/client";

import { losingProxy } from "../proxy.js";
import { startServer, type TestServer } from "../server.js";

let server: TestServer;
let store: Largesse;
let shopper: Largesse;

before(async () => {
  server = await startServer();
  store = new Largesse({ url: server.url, key: server.secretKey });
  shopper = new Largesse({ url: server.url, key: server.publishableKey });
});
after(() => server.stop());

function cart(category: number, more: Partial<CartIn> = {}): CartIn {
  const line = { id: "1", product_id: 101, quantity: 3, price: "20.00", category_ids: [category] };
  return { currency: "USD", lines: [line], ...more };
}

function twentyPercent(category: number, more: Partial<PromotionInput> = {}): PromotionInput {
  const reward = { discount: { percentage_amount: "20" }, items: { categories: [category] } };
  return {
    name: `20 % off ${category}`,
    redemption_type: "AUTOMATIC",
    rules: [{ action: { cart_items: reward } }],
    ...more,
  };
}

async function failure(call: Promise<unknown>): Promise<LargesseError> {
  const error: unknown = await call.then(
    () => assert.fail("it should have failed"),
    (error: unknown) => error,
  );
  assert.ok(error instanceof LargesseError, String(error));
  return error;
}

test("the first discounted cart", async () => {
  const promotion = await store.promotions.create(twentyPercent(1));
  assert.equal(promotion.state, "active");
  const { totals, applied } = await shopper.evaluate({ cart: cart(1), include: ["trace"] });
  assert.equal(totals.total, "48.00");
  assert.deepEqual(applied.map(({ promotion_id }) => promotion_id), [promotion.id]);
});

test("promotions are made, read, changed, and listed in pages", async () => {
  const made = [];
  for (const number of [1, 2, 3]) made.push(await store.promotions.create(twentyPercent(2, { name: `List ${number}` })));
  const ids = made.map(({ id }) => id);
  const list = store.promotions.list({ query: "List", limit: 2 });
  assert.deepEqual((await list.toArray()).map(({ id }) => id), ids);
  const sizes: number[] = [];
  for await (const { data } of list.pages()) sizes.push(data.length);
  assert.deepEqual(sizes, [2, 1]);

  const [id = 0] = ids;
  const changed = await store.promotions.change(id, { status: "DISABLED", description: null }, { ifMatch: '"1"' });
  assert.equal(changed.revision, 2);
  assert.equal((await store.promotions.get(id)).revision, 2);
  const stale = await failure(store.promotions.change(id, { name: "Later" }, { ifMatch: '"1"' }));
  assert.equal(stale.status, 412);
  assert.equal(stale.code, "stale");
});

test("codes are added, validated, imported, exported and deleted", async () => {
  const { id } = await store.promotions.create(twentyPercent(3, { redemption_type: "COUPON", coupon_type: "BULK" }));
  await store.couponCodes.add(id, { code: "SAVE20" });
  const valid = await shopper.couponCodes.validate({ code: "save 20", cart: cart(3) });
  assert.equal(valid.valid, true);
  const unknown = await shopper.couponCodes.validate({ code: "NOTHING" });
  assert.equal(unknown.valid, false);
  assert.equal(typeof unknown.message, "string");

  const report = await store.couponCodes.import(id, "code\nSAVE30\nSAVE20\n", { dry_run: true });
  assert.ok("errors" in report, JSON.stringify(report));
  const file = await store.couponCodes.export(id);
  assert.match(file, /SAVE20/);
  const [code] = await store.couponCodes.list(id).toArray();
  assert.equal(await store.couponCodes.delete(id, code?.id ?? 0), undefined);
  assert.deepEqual(await store.couponCodes.list(id).toArray(), []);
});

test("an order whose answer was lost is placed once, and answered the same", async (t) => {
  await store.promotions.create(twentyPercent(4));
  const proxy = await losingProxy(t, server.url, 1);
  const body = { reference: "lost-1", expected_total: "48.00", cart: cart(4) };
  const far = new Largesse({ url: proxy.url, key: server.secretKey });
  const order = await far.orders.place(body, { idempotencyKey: "order-lost-1" });
  assert.deepEqual(proxy.statuses, [201, 201], "the first answer was lost");
  assert.equal(order.evaluation?.totals.total, "48.00");
  const again = await store.orders.place(body, { idempotencyKey: "order-lost-1" });
  assert.deepEqual(again, order);
  const stored = await store.orders.list({ reference: "lost-1" }).toArray();
  assert.deepEqual(stored.map(({ id }) => id), [order.id]);
});

test("an order whose answer was lost is placed once without a key of the caller's own", async (t) => {
  const proxy = await losingProxy(t, server.url, 2);
  const far = new Largesse({ url: proxy.url, key: server.secretKey });
  await far.orders.place({ cart: cart(5, { customer: { email: "ada@example.com", id: 501 } }) });
  assert.equal(proxy.statuses.length, 3);
  assert.equal((await store.orders.list({ customer_id: 501 }).toArray()).length, 1);
});

test("orders are refunded and cancelled, bodies left out where nothing must be said", async () => {
  const order = await store.orders.place({ cart: cart(6) });
  const refunded = await store.orders.refund(order.id, { lines: [{ id: "1", quantity: 1 }] });
  assert.equal(refunded.id, order.id);
  const other = await store.orders.place({ cart: cart(6) });
  assert.equal((await store.orders.cancel(other.id)).status, "cancelled");
  const twice = await failure(store.orders.cancel(other.id));
  assert.equal(twice.code, "order_state");
});

test("a reservation is held and released", async () => {
  const reservation = await store.reserve({ cart: cart(7, { id: "cart-7" }) });
  assert.equal((await store.reservations.release(reservation.id)).id, reservation.id);
});

test("every mistake of a request is told at once, with its place and a page that explains it", async () => {
  const wrong = { cart: { currency: "USD", lines: [{ id: "1", product_id: 1, quantity: 0, price: "a lot" }] } };
  const error = await failure(shopper.evaluate(wrong));
  assert.equal(error.status, 422);
  assert.equal(error.code, "invalid");
  const pointers = error.errors.map(({ pointer }) => pointer);
  assert.deepEqual(pointers.sort(), ["/cart/lines/0/price", "/cart/lines/0/quantity"]);
  assert.match(String(error.requestId), /\S/);
  const explained = await fetch(String(error.docs));
  assert.equal(((await explained.json()) as { code: string }).code, "invalid");
  assert.equal((await failure(store.orders.get(999_999))).code, "not_found");
});

test("a publishable key may do what a shopper may", async () => {
  assert.equal((await failure(shopper.orders.list().firstPage())).code, "forbidden");
  assert.equal((await failure(shopper.promotions.create(twentyPercent(8)))).status, 403);
  const earlier = { cart: cart(8), at: "2026-11-27T18:05:00Z" };
  assert.equal((await failure(shopper.evaluate(earlier))).code, "forbidden");
  await store.evaluate(earlier);
  const nobody = new Largesse({ url: server.url, key: "sk_unknown" });
  assert.equal((await failure(nobody.settings.get())).code, "unauthorized");
});

test("keys with scopes are made with the names that the types have", async () => {
  const made = await store.access.createApiKey({ kind: "secret", name: "Till", scopes: ["manage_orders"] });
  const till = new Largesse({ url: server.url, key: made.key });
  await till.orders.list().firstPage();
  assert.equal((await failure(till.settings.get())).code, "forbidden");
});

test("every operation without arguments is found where the table says", async () => {
  await store.health.getReadiness();
  await store.settings.get();
  assert.ok((await store.documentation.listErrorCodes()).length > 20);
  for (const list of [store.catalog.listBrands(), store.customer.list(), store.jobs.list(), store.giftCards.list()]) {
    assert.deepEqual((await list.firstPage()).data, []);
  }
});

test("the server describes the operations that the types were made of", async () => {
  const served = (await (await fetch(`${server.url}/openapi.json`)).json()) as { paths: object };
  const { OPERATIONS } = (await import("#dist/generated.js")) as { OPERATIONS: Record<string, { path: string }> };
  for (const { path } of Object.values(OPERATIONS)) assert.ok(path in served.paths, path);
});
