import assert from "node:assert/strict";
import { test } from "node:test";

import type { OpenApi, RawOperation, Schema } from "../generator/document.js";
import { source } from "../generator/source.js";
import { place } from "../generator/words.js";

const ID = { name: "id", in: "path", required: true, schema: { type: "integer" } };

function document(operation: RawOperation, schemas: Record<string, Schema> = {}, path = "/v1/shops/{id}"): OpenApi {
  const securitySchemes = {
    secret_key: { type: "http", scheme: "bearer" },
    session: { type: "apiKey" },
  };
  const method = operation.requestBody === undefined ? "get" : "post";
  const Problem = { type: "object", properties: { code: { type: "string" } } };
  const described = { tags: ["shops"], parameters: [ID], security: [{ secret_key: [] }], ...operation };
  return { paths: { [path]: { [method]: described } }, components: { schemas: { Problem, ...schemas }, securitySchemes } };
}

const json = (schema: Schema) => ({ content: { "application/json": { schema } } });

/** The generated type of a schema. */
function typed(schema: Schema): string {
  const made = source(document({ operationId: "getShop", responses: { 200: json(schema) } }), "1.0.0");
  return /get\(id: number, options\?: Options\): Promise<([^]*?)>;\n/.exec(made)?.[1] ?? made;
}

test("methods are called as operations, without what their group says", () => {
  const names = (id: string, tag: string) => {
    const { group, name } = place(id, tag);
    return [group, name].filter(Boolean).join(".");
  };
  assert.equal(names("placeOrder", "orders"), "orders.place");
  assert.equal(names("listCategories", "catalog"), "catalog.listCategories");
  assert.equal(names("getGiftCardBalance", "gift cards"), "giftCards.getBalance");
  assert.equal(names("giftCardBulkCreate", "gift cards"), "giftCards.bulkCreate");
  assert.equal(names("listPromotionActivity", "activity"), "activity.listPromotionActivity");
  assert.equal(names("evaluate", "evaluation"), "evaluate");
});

test("schemas become types", () => {
  assert.equal(typed({ type: ["string", "null"] }), "string | null");
  assert.equal(typed({ enum: ["a", "b", null] }), '"a" | "b" | null');
  assert.equal(typed({ type: "array", items: { type: ["integer", "null"] } }), "(number | null)[]");
  assert.equal(typed({ type: "object", additionalProperties: { type: "string" } }), "Record<string, string>");
  assert.equal(typed({ type: "object", additionalProperties: false }), "Record<string, never>");
  assert.equal(typed({}), "unknown");
  assert.equal(typed({ oneOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] }), "string | string[]");
  const object = { type: "object", required: ["a"], properties: { a: { type: "integer" }, "b-c": { type: "string" } } };
  assert.equal(typed(object), '{\n  a: number;\n  "b-c"?: string | undefined;\n}');
  assert.equal(
    typed({ type: "array", items: { oneOf: [object, { type: "null" }] } }),
    '({\n  a: number;\n  "b-c"?: string | undefined;\n} | null)[]',
  );
  assert.throws(() => typed({ type: "decimal" }), /none of JSON Schema/);
});

test("a component that was written out is known by its shape", () => {
  const Shop: Schema = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };
  const page = json({ type: "object", properties: { data: { type: "array", items: Shop }, next_cursor: {} } });
  const after = { name: "after", in: "query", schema: { type: "string" } };
  const list = { operationId: "listShops", parameters: [after], responses: { 200: page } };
  const made = source(document(list, { Shop }, "/v1/shops"), "1.0.0");
  assert.match(made, /list\(query\?: ListShopsQuery, options\?: Options\): Pages<Shop>;/);
  assert.match(made, /export interface Shop \{\n {2}name: string;\n\}/);
});

test("what only the server tells is in answers, and not in bodies", () => {
  const id = { type: "integer", readOnly: true };
  const Shop: Schema = { type: "object", properties: { id, name: { type: "string" } }, required: ["name"] };
  const reference = { $ref: "#/components/schemas/Shop" };
  const create = { operationId: "createShop", parameters: [], requestBody: json(reference), responses: { 201: json(reference) } };
  const made = source(document(create, { Shop }, "/v1/shops"), "1.0.0");
  assert.match(made, /create\(body: ShopInput, options\?: Options\): Promise<Shop>;/);
  assert.match(made, /interface Shop extends ShopInput \{\n {2}readonly id: number;\n\}/);
  assert.match(made, /interface ShopInput \{\n {2}name: string;\n\}/);
});

test("operations of browsers that have signed in are left out", () => {
  const made = source(document({ operationId: "getShop", security: [{ session: [] }], responses: {} }), "1.0.0");
  assert.doesNotMatch(made, /getShop/);
});

test("what may be repeated stands in the table", () => {
  const isRepeatable = (more: Partial<RawOperation>) => {
    const operation = { operationId: "changeShop", requestBody: json({}), responses: {}, ...more };
    return source(document(operation), "1.0.0").includes('"isRepeatable":true');
  };
  assert.equal(isRepeatable({}), false);
  assert.equal(isRepeatable({ "x-repeatable": true }), true);
  assert.equal(isRepeatable({ parameters: [ID, { name: "Idempotency-Key", in: "header" }] }), true);
});

test("two methods of one name, and what is not described, stop the generator", () => {
  const twins = document({ operationId: "getShop", responses: {} });
  twins.paths["/v1/shop"] = { get: { operationId: "getShops", tags: ["shops"], responses: {} } };
  assert.throws(() => source(twins, "1.0.0"), /getShops and getShop would both be called `shops.get`/);
  assert.throws(() => source(document({ operationId: "getShop", parameters: [], responses: {} }), "1.0.0"), /\{id\}/);
});
