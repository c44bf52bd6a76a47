/** The client: methods made from the generated table. */

import { misuse } from "./error.js";
import { OPERATIONS, type Api } from "./generated.js";
import type { LargesseOptions, Options } from "./options.js";
import { Pages, type Page } from "./pages.js";
import { Sender, type Request } from "./sender.js";
import type { Operation } from "./table.js";

/** Its methods are those of {@link Api}. */
export interface Largesse extends Api {}

/** A store's promotions, from anywhere. */
export class Largesse {
  constructor(options: LargesseOptions) {
    const sender = new Sender(options);
    const groups = new Map<string, Record<string, unknown>>();
    for (const operation of Object.values(OPERATIONS)) {
      const method = methodOf(operation, sender);
      if (operation.group === undefined) {
        Object.defineProperty(this, operation.name, { value: method, enumerable: true });
        continue;
      }
      const group = groups.get(operation.group) ?? {};
      groups.set(operation.group, group);
      group[operation.name] = method;
    }
    for (const [name, methods] of groups) {
      Object.defineProperty(this, name, { value: Object.freeze(methods), enumerable: true });
    }
  }
}

type Query = Record<string, unknown> & { after?: string | undefined };

/** Its arguments come in the order of the path, then the body, the query, and the options. */
function methodOf(operation: Operation, sender: Sender): (...given: unknown[]) => unknown {
  const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");
  return (...given) => {
    const path = names.reduce((path, name) => path.replace(`{${name}}`, segment(name, given.shift())), operation.path);
    const body = operation.body === undefined ? undefined : bodyOf(operation.body, given.shift());
    const query = (operation.hasQuery ? given.shift() : undefined) as Query | undefined;
    const options = (given.shift() ?? {}) as Options & Record<string, unknown>;
    const request = (query: Query | undefined): Request => ({
      operation,
      path: path + search(query),
      headers: headersOf(operation, options),
      body,
      options,
    });
    if (operation.answer !== "page") return sender.send(request(query));
    const read = (after: string | undefined) => sender.send(request({ ...query, after })) as Promise<Page<unknown>>;
    return new Pages(query?.after, read);
  };
}

/** An argument as a part of the path; one that would make it another path is refused. */
function segment(name: string, value: unknown): string {
  const text = typeof value === "number" || typeof value === "string" ? String(value) : "";
  if (["", ".", "..", "NaN"].includes(text)) throw misuse(`\`${name}\` must be given, as a number or a text`);
  return encodeURIComponent(text);
}

function bodyOf(media: string, value: unknown): string {
  return media === "application/json" ? JSON.stringify(value ?? {}) : String(value ?? "");
}

function search(query: Query | undefined): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const each of [value].flat()) {
      if (each !== undefined && each !== null) parameters.append(name, String(each));
    }
  }
  return parameters.size === 0 ? "" : `?${parameters}`;
}

/** The options that are headers. An idempotency key is made where none is given, once for all attempts. */
function headersOf(operation: Operation, options: Record<string, unknown>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [option, header] of Object.entries(operation.headers)) {
    const value = options[option] ?? (header === "Idempotency-Key" ? crypto.randomUUID() : undefined);
    if (value !== undefined) headers[header] = String(value);
  }
  return headers;
}
