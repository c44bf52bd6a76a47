import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";

import { Largesse, LargesseError } from "@largesse/client";

import { answer, problem, script } from "./script.js";

const KEY = "sk_very-secret";

async function failure(call: () => unknown): Promise<LargesseError> {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof LargesseError, String(error));
    return error;
  }
  return assert.fail("it should have failed");
}

test("a problem comes with its code, places, request id and the page that explains it", async (t) => {
  const errors = [{ pointer: "/cart/currency", code: "required", message: "must be given" }];
  const { url } = await script(t, problem(422, "invalid", { errors, request_id: "r-1" }));
  const error = await failure(() => new Largesse({ url: `${url}/`, key: KEY }).evaluate({ cart: {} } as never));
  assert.equal(error.code, "invalid");
  assert.equal(error.status, 422);
  assert.equal(error.detail, "not now");
  assert.deepEqual(error.errors, errors);
  assert.equal(error.requestId, "r-1");
  assert.equal(error.docs, `${url}/docs/errors/invalid`);
  assert.equal(error.message, "422 invalid: not now\n  /cart/currency: must be given");
});

test("what is no problem of ours says so", async (t) => {
  const { url } = await script(t, (response) => response.writeHead(404).end("<h1>nginx</h1>"));
  const error = await failure(() => new Largesse({ url, key: KEY }).orders.get(1));
  assert.equal(error.code, "unexpected_answer");
  assert.equal(error.status, 404);
  const page = await script(t, (response) => response.end("<h1>Welcome</h1>"));
  assert.equal((await failure(() => new Largesse({ url: page.url, key: KEY }).orders.get(1))).code, "unexpected_answer");
});

test("a server that is not there is a network failure that names it", async () => {
  const largesse = new Largesse({ url: "http://127.0.0.1:1", key: KEY, retries: 0 });
  const error = await failure(() => largesse.health.get());
  assert.equal(error.code, "network");
  assert.match(error.message, /127\.0\.0\.1:1 did not answer/);
});

test("the key travels in its header and shows nowhere else", async (t) => {
  const { url, seen } = await script(t, answer({}), problem(401, "unauthorized"));
  const largesse = new Largesse({ url, key: KEY });
  await largesse.orders.get(1);
  const error = await failure(() => largesse.orders.get(1));
  assert.equal(seen[0]?.headers.authorization, `Bearer ${KEY}`);
  assert.match(String(seen[0]?.headers["user-agent"]), /^largesse-typescript\/\d+\.\d+\.\d+$/);
  const shown = inspect([largesse, error], { depth: 9, showHidden: true }) + JSON.stringify(largesse) + error.stack;
  assert.ok(!shown.includes("very-secret"), shown);
  const refused = await failure(() => new Largesse({ url, key: "sk_very secret\n" }));
  assert.ok(!inspect(refused).includes("very secret"));
});

test("a secret key is refused in a web page, a publishable one is not", async (t) => {
  const { url, seen } = await script(t, answer({}));
  const page = globalThis as { document?: unknown };
  page.document = {};
  t.after(() => delete page.document);
  const error = await failure(() => new Largesse({ url, key: KEY }));
  assert.equal(error.code, "misuse");
  assert.match(error.detail, /everyone who opens it can read/);
  await new Largesse({ url, key: "pk_test" }).evaluate({ cart: { currency: "USD", lines: [] } });
  assert.doesNotMatch(String(seen[0]?.headers["user-agent"]), /largesse/);
});

test("an address that cannot be one is refused", async () => {
  for (const url of ["", "localhost:8080", "ftp://example.com", "https://sk_x@example.com", "https://example.com?a=b"]) {
    assert.equal((await failure(() => new Largesse({ url, key: KEY }))).code, "misuse", url);
  }
});

test("arguments become the path, the query and the body that the operation wants", async (t) => {
  const { url, seen } = await script(t, answer({ data: [] }));
  const largesse = new Largesse({ url: `${url}/shop`, key: KEY });
  await largesse.documentation.getErrorCode("a/b c");
  await largesse.couponCodes.import(3, "code\nA\n", { dry_run: true });
  await largesse.promotions.list({ status: "active", name: "20 % & more", after: undefined }).firstPage();
  await largesse.promotions.change(3, { name: null }, { ifMatch: '"2"' });
  await largesse.orders.cancel(9);
  const requests = seen.map(({ method, path, body }) => `${method} ${path} ${JSON.stringify(body)}`);
  assert.deepEqual(requests, [
    'GET /shop/docs/errors/a%2Fb%20c ""',
    'POST /shop/v1/promotions/3/codes/import?dry_run=true "code\\nA\\n"',
    'GET /shop/v1/promotions?status=active&name=20+%25+%26+more ""',
    'PATCH /shop/v1/promotions/3 "{\\"name\\":null}"',
    'POST /shop/v1/orders/9/cancel "{}"',
  ]);
  assert.equal(seen[1]?.headers["content-type"], "text/csv");
  assert.equal(seen[3]?.headers["if-match"], '"2"');
  for (const id of [undefined, "", "..", NaN]) {
    assert.equal((await failure(() => largesse.orders.get(id as number))).code, "misuse", String(id));
  }
});

test("a list is read page by page, as far as it is gone through", async (t) => {
  const pages = [
    answer({ data: [1, 2], next_cursor: "two" }),
    answer({ data: [], next_cursor: "three" }),
    answer({ data: [3], next_cursor: null }),
  ];
  const { url, seen } = await script(t, ...pages, ...pages);
  const list = new Largesse({ url, key: KEY }).promotions.list({ limit: 2 });
  assert.equal(seen.length, 0, "nothing is asked for before it is needed");
  assert.deepEqual(await list.toArray(), [1, 2, 3]);
  const paths = ["?limit=2", "?limit=2&after=two", "?limit=2&after=three"].map((query) => `/v1/promotions${query}`);
  assert.deepEqual(seen.map(({ path }) => path), paths);
  for await (const item of list) if (Number(item) === 2) break;
  assert.equal(seen.length, 4, "no page is read ahead");
});
