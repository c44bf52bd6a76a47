/** The one error of calls. */

import type { FieldError, Problem } from "./generated.js";

/** Why a call failed; all fields but `code` and `detail` need an answer. */
export class LargesseError extends Error {
  override readonly name = "LargesseError";
  /**
   * What to branch on: a code of the server (its `docs` explain it), or one of ours: `network` (no answer came),
   * `timeout`, `unexpected_answer` (not the server's: a proxy's page, say), and `misuse` (the call was not made).
   */
  readonly code: string;
  /** The HTTP status; 0 without an answer. */
  readonly status: number;
  /** What is wrong this time, and how to mend it. */
  readonly detail: string;
  /** Each place of the request that breaks a rule, with a JSON pointer into what was sent. */
  readonly errors: readonly FieldError[];
  /** Under which the server's log tells more. */
  readonly requestId: string | undefined;
  /** Where the code is explained. */
  readonly docs: string | undefined;
  /** Whether the server says that the same request can succeed a little later. */
  readonly retryable: boolean;
  /** After how many seconds, if it says so. */
  readonly retryAfterSeconds: number | undefined;

  constructor(fields: ErrorFields) {
    const { code, status = 0, detail, errors = [], cause } = fields;
    const places = errors.map(({ pointer, message }) => `\n  ${pointer || "the body"}: ${message}`).join("");
    const head = status === 0 ? code : `${status} ${code}`;
    super(`${head}: ${detail}${places}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = status;
    this.detail = detail;
    this.errors = errors;
    this.requestId = fields.requestId;
    this.docs = fields.docs;
    this.retryable = fields.retryable ?? false;
    this.retryAfterSeconds = fields.retryAfterSeconds;
  }
}

export interface ErrorFields {
  code: string;
  detail: string;
  status?: number;
  errors?: readonly FieldError[];
  requestId?: string | undefined;
  docs?: string | undefined;
  retryable?: boolean;
  retryAfterSeconds?: number | undefined;
  cause?: unknown;
}

/** The call was not made, because it makes no sense as it is. */
export function misuse(detail: string): LargesseError {
  return new LargesseError({ code: "misuse", detail });
}

/** What an answer that is no success means. */
export function problemOf(response: Response, text: string, url: string): LargesseError {
  const status = response.status;
  const retryAfterSeconds = secondsOf(response.headers.get("retry-after"), Date.now());
  const problem = parsed(text);
  const requestId = problem?.request_id ?? response.headers.get("x-request-id") ?? undefined;
  if (problem === undefined) {
    const detail = `the answer is none of Largesse; is that what listens at ${url}?`;
    return new LargesseError({ code: "unexpected_answer", status, detail, requestId, retryAfterSeconds });
  }
  return new LargesseError({
    code: problem.code,
    status,
    detail: problem.detail,
    errors: problem.errors ?? [],
    requestId,
    docs: `${url}${problem.type}`,
    retryable: problem.retryable ?? false,
    retryAfterSeconds,
  });
}

function parsed(text: string): Problem | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isProblem = typeof value === "object" && value !== null && "code" in value && "detail" in value;
    return isProblem ? (value as Problem) : undefined;
  } catch {
    return undefined;
  }
}

/** `Retry-After` in either of its forms: seconds, or a date. */
export function secondsOf(retryAfter: string | null, now: number): number | undefined {
  if (retryAfter === null || retryAfter.trim() === "") return undefined;
  const seconds = Number(retryAfter);
  if (!Number.isNaN(seconds)) return Math.max(0, seconds);
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}
