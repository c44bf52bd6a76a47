/** The operations that a key can call, as methods: their place, what they take and what they answer. */

import type { Content, OpenApi, Parameter, RawOperation, Schema } from "./document.js";
import { place, type Place } from "./words.js";

export interface Operation extends Place {
  id: string;
  tag: string;
  method: string;
  path: string;
  documentation: (string | undefined)[];
  pathParameters: Parameter[];
  query: Parameter[];
  headers: Parameter[];
  body: Body | undefined;
  answer: Answer;
  isRepeatable: boolean;
}

export interface Body {
  media: string;
  schema: Schema;
}

export type Answer =
  | { kind: "page"; item: Schema }
  | { kind: "json"; schemas: Schema[] }
  | { kind: "text" }
  | { kind: "none" };

const METHODS = new Set(["get", "put", "post", "patch", "delete"]);
/** Sent twice, they do what they do once. */
const REPEATABLE = new Set(["get", "put", "delete"]);

/** All of them, in the order of the document. */
export function operations(document: OpenApi, resolve: (schema: Schema) => Schema): Operation[] {
  const all: Operation[] = [];
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, raw] of Object.entries(methods)) {
      if (METHODS.has(method) && isCalledWithKey(raw, document)) all.push(read(method, path, raw, resolve));
    }
  }
  refuseTwins(all);
  return all;
}

/** Others are for BigCommerce's own clients, and for browsers that have signed in. */
function isCalledWithKey(raw: RawOperation, document: OpenApi): boolean {
  const schemes = document.components.securitySchemes ?? {};
  const isBearer = (name: string) => schemes[name]?.scheme === "bearer";
  return (raw.security ?? [{}]).some((needs) => Object.keys(needs).every(isBearer));
}

function read(
  method: string,
  path: string,
  raw: RawOperation,
  resolve: (schema: Schema) => Schema,
): Operation {
  const [id, tag] = [raw.operationId, raw.tags?.[0]];
  if (id === undefined || tag === undefined) throw new Error(`${method} ${path} lacks an operationId or a tag`);
  const parameters = (where: string) => (raw.parameters ?? []).filter((parameter) => parameter.in === where);
  const [query, headers] = [parameters("query"), parameters("header")];
  const isOnce = headers.some(({ name }) => name === "Idempotency-Key");
  return {
    ...place(id, tag),
    id,
    tag,
    method: method.toUpperCase(),
    path,
    documentation: [raw.summary, raw.description, `\`${method.toUpperCase()} ${path}\``],
    pathParameters: inOrder(path, parameters("path")),
    query,
    headers,
    body: body(id, raw),
    answer: answer(id, raw, query, resolve),
    isRepeatable: REPEATABLE.has(method) || isOnce || raw["x-repeatable"] === true,
  };
}

function inOrder(path: string, parameters: Parameter[]): Parameter[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  return names.map((name) => {
    const parameter = parameters.find((parameter) => parameter.name === name);
    if (parameter === undefined) throw new Error(`${path} does not describe {${name}}`);
    return parameter;
  });
}

function body(id: string, raw: RawOperation): Body | undefined {
  const [content, ...others] = Object.entries(raw.requestBody?.content ?? {});
  if (content === undefined) return undefined;
  if (others.length > 0) throw new Error(`${id} takes bodies of several kinds`);
  return { media: content[0], schema: content[1].schema ?? {} };
}

function answer(
  id: string,
  raw: RawOperation,
  query: Parameter[],
  resolve: (schema: Schema) => Schema,
): Answer {
  const contents: Content[] = Object.entries(raw.responses)
    .filter(([status, { content }]) => status.startsWith("2") && Object.keys(content ?? {}).length > 0)
    .map(([, { content }]) => content ?? {});
  if (contents.length === 0) return { kind: "none" };
  const media = contents.flatMap((content) => Object.entries(content));
  if (media.every(([name]) => name.startsWith("text/"))) return { kind: "text" };
  if (!media.every(([name]) => name === "application/json")) throw new Error(`${id} answers in several forms`);
  const schemas = media.map(([, { schema }]) => schema ?? {});
  const item = schemas.length === 1 ? itemOfPage(resolve(schemas[0] ?? {})) : undefined;
  const isPaged = query.some(({ name }) => name === "after");
  return isPaged && item !== undefined ? { kind: "page", item } : { kind: "json", schemas };
}

/** What a page consists of, if it is one. */
function itemOfPage(schema: Schema): Schema | undefined {
  const { data, next_cursor } = schema.properties ?? {};
  return next_cursor === undefined ? undefined : data?.items;
}

function refuseTwins(all: Operation[]): void {
  const seen = new Map<string, string>();
  const groups = new Set(all.map(({ group }) => group));
  for (const { id, group, name } of all) {
    const where = group === undefined ? name : `${group}.${name}`;
    const other = seen.get(where) ?? (groups.has(where) ? `the group ${where}` : undefined);
    if (other !== undefined) throw new Error(`${id} and ${other} would both be called \`${where}\``);
    seen.set(where, id);
  }
}
