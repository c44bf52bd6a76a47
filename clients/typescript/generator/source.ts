/** The generated file: types, the interface of the client, and the table that its methods are made from. */

import type { OpenApi, Parameter } from "./document.js";
import { operations, type Operation } from "./operations.js";
import { Types } from "./types.js";
import { camel, comment, pascal, upperFirst } from "./words.js";

const HEAD = `// Made by \`npm run generate\` from the server's OpenAPI document; changes here are lost.

import type { Changes, Options } from "./options.js";
import type { Pages } from "./pages.js";
import type { Table } from "./table.js";
`;

/** What every error is; operations need not say so. */
const PROBLEM = "#/components/schemas/Problem";

/** The whole source. */
export function source(document: OpenApi, version: string): string {
  const types = new Types(document.components.schemas);
  types.answer({ $ref: PROBLEM });
  const all = operations(document, (schema) => types.resolve(schema));
  const api = interfaces(all, document, types);
  const queries = all.filter(({ query }) => query.length > 0).map((operation) => queryType(operation, types));
  const head = `${HEAD}\n/** The version of this package. */\nexport const VERSION = ${JSON.stringify(version)};\n`;
  return [head, api, ...queries, types.declarations(), table(all)].join("\n");
}

function interfaces(all: Operation[], document: OpenApi, types: Types): string {
  const groups = [...new Set(all.map(({ group }) => group))];
  const descriptions = new Map((document.tags ?? []).map(({ name, description }) => [camel(name), description]));
  const parts: string[] = [];
  const members: string[] = [];
  for (const group of groups) {
    const methods = all.filter((operation) => operation.group === group).map((each) => method(each, types));
    if (group === undefined) {
      members.unshift(...methods);
      continue;
    }
    const name = `${upperFirst(group)}Api`;
    const documentation = comment([descriptions.get(group)]);
    members.push(`${comment([descriptions.get(group)], "  ")}  readonly ${group}: ${name};\n`);
    parts.push(`${documentation}export interface ${name} {\n${methods.join("\n")}}\n`);
  }
  const api = `/** Every operation that a key can call. */\nexport interface Api {\n${members.join("\n")}}\n`;
  return [api, ...parts].join("\n");
}

function method(operation: Operation, types: Types): string {
  const parameters = operation.pathParameters.map(
    ({ name, schema }) => `${camel(name)}: ${types.answer(schema ?? { type: "string" })}`,
  );
  if (operation.body !== undefined) parameters.push(bodyParameter(operation, types));
  if (operation.query.length > 0) {
    const isNeeded = operation.query.some(({ required }) => required === true);
    parameters.push(`query${isNeeded ? "" : "?"}: ${queryName(operation)}`);
  }
  parameters.push(`options?: ${options(operation.headers)}`);
  const documentation = comment(operation.documentation, "  ");
  return `${documentation}  ${operation.name}(${parameters.join(", ")}): ${answer(operation, types)};\n`;
}

function bodyParameter({ body, method }: Operation, types: Types): string {
  if (body === undefined) return "";
  if (body.media.startsWith("text/")) return "text: string";
  const { required = [] } = types.resolve(body.schema);
  const type = types.body(body.schema);
  // A change says only what is to be another; where nothing must be said, nothing needs to be sent.
  if (method === "PATCH") return `changes: ${required.length > 0 ? `Changes<${type}>` : type}`;
  return `body${required.length > 0 ? "" : "?"}: ${type}`;
}

/** Those of every call, and a field for every header of this one. */
function options(headers: Parameter[]): string {
  const fields = headers.map(({ name, description }) => {
    const isMade = name === "Idempotency-Key" ? "Made anew for every call unless told." : undefined;
    return `${comment([[description, isMade].filter(Boolean).join(" ")], "    ")}    ${camel(name)}?: string | undefined;\n`;
  });
  return fields.length === 0 ? "Options" : `Options & {\n${fields.join("")}  }`;
}

function answer({ answer }: Operation, types: Types): string {
  switch (answer.kind) {
    case "page":
      return `Pages<${types.answer(answer.item)}>`;
    case "json":
      return `Promise<${answer.schemas.map((schema) => types.answer(schema)).join(" | ")}>`;
    case "text":
      return "Promise<string>";
    case "none":
      return "Promise<void>";
  }
}

function queryName({ id }: Operation): string {
  return `${pascal(id)}Query`;
}

function queryType(operation: Operation, types: Types): string {
  const fields = operation.query.map(({ name, description, required, schema }) => {
    const mark = required === true ? "" : "?";
    const type = `${types.answer(schema ?? {})}${required === true ? "" : " | undefined"}`;
    return `${comment([description], "  ")}  ${/^\w+$/.test(name) ? name : JSON.stringify(name)}${mark}: ${type};\n`;
  });
  const documentation = `/** What \`${operation.method} ${operation.path}\` is asked for. */\n`;
  return `${documentation}export interface ${queryName(operation)} {\n${fields.join("")}}\n`;
}

function table(all: Operation[]): string {
  const rows = all.map((operation) => {
    const { id, group, name, method, path, body, query, headers, answer, isRepeatable } = operation;
    const names = Object.fromEntries(headers.map((header) => [camel(header.name), header.name]));
    const row = {
      group,
      name,
      method,
      path,
      body: body?.media,
      hasQuery: query.length > 0,
      headers: names,
      answer: answer.kind,
      isRepeatable,
    };
    return `  ${id}: ${JSON.stringify(row)},\n`;
  });
  return `/** How each operation is called. */\nexport const OPERATIONS: Table = {\n${rows.join("")}};\n`;
}
