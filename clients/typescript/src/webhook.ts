/** Whether a webhook comes from who it says: the receiving side of Standard Webhooks. */

/** Headers as any framework hands them out. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface WebhookOptions {
  /** How old, or how far ahead, a message may be; 300 unless told. */
  toleranceSeconds?: number | undefined;
  /** The time to compare with, in milliseconds; the clock's unless told. */
  now?: number | undefined;
}

/** A message that is what was sent. */
export interface Webhook<Event = unknown> {
  /** The same however often the message comes; keep it to leave out what was done before. */
  id: string;
  /** When it was signed. */
  timestamp: Date;
  /** The JSON of the body. */
  event: Event;
}

export type WebhookErrorCode =
  | "missing_header"
  | "invalid_timestamp"
  | "too_old"
  | "too_new"
  | "invalid_secret"
  | "wrong_signature"
  | "invalid_body";

/** Why a message must not be believed; answer it with 400 and nothing else. */
export class WebhookError extends Error {
  override readonly name = "WebhookError";
  readonly code: WebhookErrorCode;

  constructor(code: WebhookErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Checks a message and gives its event.
 *
 * `payload` is the body as it came, byte for byte: what was parsed and printed again is not what was signed. Of several
 * `secrets` one must fit, so that a secret can be changed while messages are under way. That a message comes twice is
 * normal, and for the receiver to see by its `id`.
 *
 * Errors: {@link WebhookError}.
 */
export async function verifyWebhook<Event = unknown>(
  payload: string | Uint8Array,
  headers: WebhookHeaders,
  secrets: string | readonly string[],
  options: WebhookOptions = {},
): Promise<Webhook<Event>> {
  const id = header(headers, "webhook-id");
  const timestamp = header(headers, "webhook-timestamp");
  const signatures = signaturesOf(header(headers, "webhook-signature"));
  const { toleranceSeconds = 300, now = Date.now() } = options;
  const signedAt = checkTime(timestamp, now, toleranceSeconds);
  const body = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const signed = concatenated(new TextEncoder().encode(`${id}.${timestamp}.`), body);
  if (!(await fits(signed, signatures, [secrets].flat()))) {
    throw new WebhookError(
      "wrong_signature",
      "no signature fits: the secret is another one, or the body is not byte for byte what was sent",
    );
  }
  return { id, timestamp: signedAt, event: parsed(body) as Event };
}

function header(headers: WebhookHeaders, name: string): string {
  const value =
    headers instanceof Headers
      ? headers.get(name)
      : [Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1]].flat()[0];
  if (typeof value !== "string" || value === "") {
    throw new WebhookError("missing_header", `the header ${name} is missing: this is no signed webhook`);
  }
  return value;
}

function checkTime(timestamp: string, now: number, toleranceSeconds: number): Date {
  const milliseconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) * 1000 : NaN;
  if (Number.isNaN(milliseconds)) {
    throw new WebhookError("invalid_timestamp", "webhook-timestamp must be in seconds since 1970");
  }
  const age = (now - milliseconds) / 1000;
  if (age > toleranceSeconds) {
    throw new WebhookError("too_old", `it was signed ${Math.round(age)} s ago, more than ${toleranceSeconds} s`);
  }
  if (age < -toleranceSeconds) {
    throw new WebhookError("too_new", `it was signed ${Math.round(-age)} s ahead of this machine's clock`);
  }
  return new Date(milliseconds);
}

/** Those of the only version that we make, HMAC-SHA256; a message may carry others. */
function signaturesOf(value: string): Uint8Array<ArrayBuffer>[] {
  const signatures = value.split(" ").filter((signature) => signature.startsWith("v1,"));
  return signatures.flatMap((signature) => bytesOf(signature.slice("v1,".length)) ?? []);
}

/** Every secret is tried on every signature; Web Crypto compares in constant time. */
async function fits(
  signed: Uint8Array<ArrayBuffer>,
  signatures: Uint8Array<ArrayBuffer>[],
  secrets: readonly string[],
): Promise<boolean> {
  if (secrets.length === 0) throw new WebhookError("invalid_secret", "give at least one secret");
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  let fits = false;
  for (const secret of secrets) {
    const key = await crypto.subtle.importKey("raw", secretOf(secret), algorithm, false, ["verify"]);
    for (const signature of signatures) {
      fits = (await crypto.subtle.verify("HMAC", key, signature, signed)) || fits;
    }
  }
  return fits;
}

function secretOf(secret: string): Uint8Array<ArrayBuffer> {
  const bytes = secret.startsWith("whsec_") ? bytesOf(secret.slice("whsec_".length)) : undefined;
  if (bytes === undefined || bytes.length === 0) {
    // The message must not show it: messages are logged.
    throw new WebhookError("invalid_secret", "a secret is `whsec_` and base64, as the server showed it");
  }
  return bytes;
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function concatenated(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw new WebhookError("invalid_body", "it is signed, but its body is not JSON");
  }
}
