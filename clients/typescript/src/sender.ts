/** Sends requests, again where that is safe, and makes answers or errors of what comes back. */

import { LargesseError, misuse, problemOf } from "./error.js";
import { VERSION } from "./generated.js";
import type { LargesseOptions, Options } from "./options.js";
import { mayRepeat, sleep, waitSeconds } from "./retry.js";
import type { Operation } from "./table.js";

const RETRIES = 3;
const TIMEOUT_SECONDS = 35;

export interface Request {
  operation: Operation;
  /** With the query. */
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
  options: Options;
}

export class Sender {
  readonly #url: string;
  // Private, so that no log of a client shows it.
  readonly #key: string;
  readonly #defaults: LargesseOptions;

  constructor(options: LargesseOptions) {
    this.#url = addressOf(options.url);
    this.#key = keyOf(options.key);
    this.#defaults = options;
  }

  /** Gives what the server answers. Errors: {@link LargesseError}, or the reason of the caller's signal. */
  async send(request: Request): Promise<unknown> {
    const { operation, options } = request;
    const headers = { ...this.#headers(operation.body), ...request.headers };
    const retries = options.retries ?? this.#defaults.retries ?? RETRIES;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#attempt(request, headers);
      } catch (error) {
        if (!(error instanceof LargesseError) || attempt >= retries || !mayRepeat(error, operation.isRepeatable)) throw error;
        const wait = waitSeconds(error, attempt, Math.random());
        if (wait === undefined) throw error;
        await sleep(wait, options.signal);
      }
    }
  }

  #headers(media: string | undefined): Record<string, string> {
    const headers: Record<string, string> = { Authorization: `Bearer ${this.#key}`, Accept: "*/*" };
    if (media !== undefined) headers["Content-Type"] = media;
    // Browsers send their own, and would ask the server first whether they may send ours.
    if (!isPage() && !("WorkerGlobalScope" in globalThis)) headers["User-Agent"] = `largesse-typescript/${VERSION}`;
    return headers;
  }

  async #attempt({ operation, path, body, options }: Request, headers: Record<string, string>): Promise<unknown> {
    const seconds = options.timeoutSeconds ?? this.#defaults.timeoutSeconds ?? TIMEOUT_SECONDS;
    const deadline = AbortSignal.timeout(seconds * 1000);
    const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
    const send = this.#defaults.fetch ?? fetch;
    let response: Response, text: string;
    try {
      const init = { method: operation.method, headers, signal, redirect: "error" as const };
      response = await send(this.#url + path, body === undefined ? init : { ...init, body });
      text = await response.text();
    } catch (cause) {
      options.signal?.throwIfAborted();
      throw this.#unanswered(cause, deadline.aborted ? seconds : undefined);
    }
    if (!response.ok) throw problemOf(response, text, this.#url);
    return this.#answer(operation, response, text);
  }

  #unanswered(cause: unknown, waited: number | undefined): LargesseError {
    if (waited !== undefined) {
      return new LargesseError({ code: "timeout", detail: `${this.#url} did not answer within ${waited} s`, cause });
    }
    return new LargesseError({ code: "network", detail: `${this.#url} did not answer: ${reasonOf(cause)}`, cause });
  }

  #answer(operation: Operation, response: Response, text: string): unknown {
    if (operation.answer === "none") return undefined;
    if (operation.answer === "text") return text;
    try {
      return JSON.parse(text);
    } catch (cause) {
      const detail = `the answer is not JSON; is it Largesse that listens at ${this.#url}?`;
      throw new LargesseError({ code: "unexpected_answer", status: response.status, detail, cause });
    }
  }
}

/** What fetch failed for is often told only by the cause of its error. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

function addressOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw misuse("`url` must say where the server is, such as `https://promotions.example.com`");
  }
  if (parsed.username !== "" || parsed.password !== "" || parsed.search !== "" || parsed.hash !== "") {
    throw misuse("`url` must end with its path; keys belong into `key`");
  }
  return parsed.href.replace(/\/+$/, "");
}

function keyOf(key: string): string {
  // The message must not show it: messages are logged.
  if (typeof key !== "string" || !/^[\x21-\x7e]+$/.test(key)) {
    throw misuse("`key` must be a key of the store: `sk_…` on servers, `pk_…` where shoppers can read it");
  }
  if (!key.startsWith("pk_") && isPage()) {
    throw misuse(
      "only publishable keys (`pk_…`) may be used in a web page: everyone who opens it can read any other key and do " +
        "with it what you can. If this key was ever sent to a browser, revoke it.",
    );
  }
  return key;
}

function isPage(): boolean {
  const { document } = globalThis as { document?: unknown };
  return typeof document === "object" && document !== null;
}
