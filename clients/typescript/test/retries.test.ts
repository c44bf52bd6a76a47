import assert from "node:assert/strict";
import { test } from "node:test";

import { Largesse, LargesseError, type LargesseOptions } from "@largesse/client";

import { answer, cut, problem, script, silence } from "./script.js";

const CART = { cart: { currency: "USD", lines: [] } };

function client(url: string, more: Partial<LargesseOptions> = {}): Largesse {
  return new Largesse({ url, key: "sk_test", ...more });
}

async function failure(call: Promise<unknown>): Promise<LargesseError> {
  const error: unknown = await call.then(
    () => assert.fail("it should have failed"),
    (error: unknown) => error,
  );
  assert.ok(error instanceof LargesseError, String(error));
  return error;
}

test("a cut connection is tried again, with the same idempotency key", async (t) => {
  const { url, seen } = await script(t, cut, cut, answer({ id: 1 }, 201));
  const order = await client(url).orders.place(CART);
  assert.equal(order.id, 1);
  assert.equal(seen.length, 3);
  const keys = seen.map(({ headers }) => headers["idempotency-key"]);
  assert.match(String(keys[0]), /^[0-9a-f-]{36}$/);
  assert.deepEqual(new Set(keys).size, 1);
  assert.equal(new Set(seen.map(({ body }) => body)).size, 1);
});

test("every call has an idempotency key of its own, or the one that is given", async (t) => {
  const { url, seen } = await script(t, answer({}));
  const largesse = client(url);
  await largesse.orders.place(CART);
  await largesse.orders.place(CART);
  await largesse.orders.place(CART, { idempotencyKey: "mine" });
  const keys = seen.map(({ headers }) => headers["idempotency-key"]);
  assert.equal(new Set(keys).size, 3);
  assert.equal(keys[2], "mine");
});

test("what could be done twice is not tried again when no answer came", async (t) => {
  const { url, seen } = await script(t, cut);
  const error = await failure(client(url).promotions.create({ name: "A", redemption_type: "AUTOMATIC", rules: [] }));
  assert.equal(error.code, "network");
  assert.equal(error.status, 0);
  assert.equal(seen.length, 1);
});

test("what could be done twice is not tried again after a 503 either", async (t) => {
  const { url, seen } = await script(t, problem(503, "database_unavailable", { retryable: true }));
  const error = await failure(client(url).couponCodes.add(1, { code: "A" }));
  assert.equal(error.code, "database_unavailable");
  assert.equal(seen.length, 1);
});

test("what the server refused before doing anything is tried again, whatever it is", async (t) => {
  const { url, seen } = await script(
    t,
    problem(429, "too_many_requests", { retryable: true }, { "retry-after": "0" }),
    problem(409, "conflict", { retryable: true }, { "retry-after": "0" }),
    answer({ id: 7 }, 201),
  );
  const made = await client(url).promotions.create({ name: "A", redemption_type: "AUTOMATIC", rules: [] });
  assert.equal(made.id, 7);
  assert.equal(seen.length, 3);
});

test("a price can be asked for again, and so can a gateway's failure", async (t) => {
  const { url, seen } = await script(t, cut, answer("bad gateway", 502), problem(503, "overloaded"), answer({}));
  await client(url).evaluate(CART);
  assert.equal(seen.length, 4);
});

test("an order that is under way is waited for", async (t) => {
  const busy = problem(409, "in_progress", { retryable: true }, { "retry-after": "1" });
  const { url, seen } = await script(t, busy, answer({ id: 1 }, 201));
  const started = Date.now();
  await client(url).orders.place(CART);
  assert.ok(Date.now() - started >= 990, "Retry-After was not waited for");
  assert.equal(seen[0]?.headers["idempotency-key"], seen[1]?.headers["idempotency-key"]);
});

test("other refusals are final", async (t) => {
  for (const [status, code] of [
    [400, "malformed_json"],
    [404, "not_found"],
    [409, "price_changed"],
    [412, "stale"],
    [422, "invalid"],
    [500, "internal"],
  ] as const) {
    const { url, seen } = await script(t, problem(status, code));
    assert.equal((await failure(client(url).orders.place(CART))).code, code);
    assert.equal(seen.length, 1, code);
  }
});

test("after the last retry the error comes out; with 0 retries at once", async (t) => {
  const { url, seen } = await script(t, problem(503, "overloaded", {}, { "retry-after": "0" }));
  assert.equal((await failure(client(url, { retries: 1 }).orders.get(1))).code, "overloaded");
  assert.equal(seen.length, 2);
  assert.equal((await failure(client(url).orders.get(1, { retries: 0 }))).code, "overloaded");
  assert.equal(seen.length, 3);
});

test("who is to come back in an hour hears of it at once", async (t) => {
  const { url, seen } = await script(t, problem(429, "too_many_requests", {}, { "retry-after": "3600" }));
  const error = await failure(client(url).orders.get(1));
  assert.equal(error.retryAfterSeconds, 3600);
  assert.equal(seen.length, 1);
});

test("an attempt ends after its time, and is made again where that is safe", async (t) => {
  const { url, seen } = await script(t, silence, answer({ id: 1 }));
  const order = await client(url, { timeoutSeconds: 0.5 }).orders.get(1);
  assert.equal(order.id, 1);
  assert.ok(seen.length >= 2);
  const slow = await script(t, silence);
  const error = await failure(client(slow.url).settings.change({}, { timeoutSeconds: 0.2 }));
  assert.equal(error.code, "timeout");
  assert.equal(slow.seen.length, 1);
});

test("a body that stops half way is no answer", async (t) => {
  const half = (response: import("node:http").ServerResponse) => {
    response.writeHead(200, { "content-length": "100" }).write('{"id":');
    setTimeout(() => response.destroy(), 20);
  };
  const { url, seen } = await script(t, half, answer({ id: 1 }));
  assert.equal((await client(url).orders.get(1)).id, 1);
  assert.equal(seen.length, 2);
});

test("a signal ends a call under way and one that waits, with its own reason", async (t) => {
  const reason = new Error("the shopper left");
  const { url } = await script(t, silence);
  const calls = new AbortController();
  const call = client(url).orders.get(1, { signal: calls.signal });
  setTimeout(() => calls.abort(reason), 50);
  await assert.rejects(call, reason);

  const busy = await script(t, problem(503, "overloaded", {}, { "retry-after": "30" }));
  const waits = new AbortController();
  const waiting = client(busy.url).orders.get(1, { signal: waits.signal });
  setTimeout(() => waits.abort(reason), 200);
  await assert.rejects(waiting, reason);
  assert.equal(busy.seen.length, 1);

  await assert.rejects(client(url).orders.get(1, { signal: AbortSignal.abort(reason) }), reason);
});

test("a redirect is not followed: the key would go along", async (t) => {
  const elsewhere = await script(t, answer({}));
  const { url } = await script(t, answer({}, 302, { location: `${elsewhere.url}/v1/orders/1` }));
  assert.equal((await failure(client(url, { retries: 0 }).orders.get(1))).code, "network");
  assert.equal(elsewhere.seen.length, 0);
});
