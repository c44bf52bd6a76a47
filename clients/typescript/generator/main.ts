/** Writes `src/generated.ts` from `docs/openapi.json`, or from the document that is named. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

import type { OpenApi } from "./document.js";
import { source } from "./source.js";

const PACKAGE = new URL("../../", import.meta.url);

function json<T>(path: URL | string): T {
  return JSON.parse(readFileSync(path, "utf8")) as T;
}

const document = json<OpenApi>(process.argv[2] ?? new URL("../../docs/openapi.json", PACKAGE));
const { version } = json<{ version: string }>(new URL("package.json", PACKAGE));
mkdirSync(new URL("src/", PACKAGE), { recursive: true });
writeFileSync(new URL("src/generated.ts", PACKAGE), source(document, version));
