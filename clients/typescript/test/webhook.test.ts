import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";

import { verifyWebhook, WebhookError, type WebhookErrorCode, type WebhookHeaders } from "@largesse/client";

// The example of the specification, and what HMAC-SHA256 makes of it.
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const TIMESTAMP = 1614265330;
const PAYLOAD = '{"test": 2432232314}';
const SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const NOW = TIMESTAMP * 1000;

function signed(more: Record<string, string> = {}): Record<string, string> {
  return { "webhook-id": ID, "webhook-timestamp": String(TIMESTAMP), "webhook-signature": SIGNATURE, ...more };
}

function sign(payload: string | Uint8Array, secret = SECRET): string {
  const hmac = createHmac("sha256", Buffer.from(secret.slice("whsec_".length), "base64"));
  return `v1,${hmac.update(`${ID}.${TIMESTAMP}.`).update(payload).digest("base64")}`;
}

async function refused(
  code: WebhookErrorCode,
  headers: WebhookHeaders,
  payload: string | Uint8Array = PAYLOAD,
  secrets: string | string[] = SECRET,
  now = NOW,
): Promise<void> {
  const verdict = verifyWebhook(payload, headers, secrets, { now });
  await assert.rejects(verdict, (error) => error instanceof WebhookError && error.code === code);
}

test("the example of the specification is accepted, and is what HMAC makes of it", async () => {
  assert.equal(sign(PAYLOAD), SIGNATURE);
  const { id, timestamp, event } = await verifyWebhook<{ test: number }>(PAYLOAD, signed(), SECRET, { now: NOW });
  assert.equal(id, ID);
  assert.equal(timestamp.getTime(), NOW);
  assert.equal(event.test, 2432232314);
});

test("headers come as frameworks hand them out, and bodies as text or bytes", async () => {
  const capital = { "Webhook-Id": ID, "Webhook-Timestamp": [String(TIMESTAMP)], "WEBHOOK-SIGNATURE": SIGNATURE };
  for (const headers of [new Headers(signed()), capital]) {
    for (const payload of [PAYLOAD, new TextEncoder().encode(PAYLOAD), Buffer.from(PAYLOAD)]) {
      assert.equal((await verifyWebhook(payload, headers, SECRET, { now: NOW })).id, ID);
    }
  }
  const text = '{"name": "Weiß für 5 €"}';
  await verifyWebhook(text, signed({ "webhook-signature": sign(text) }), SECRET, { now: NOW });
});

test("while a secret is changed either is accepted, and any of several signatures", async () => {
  const both = signed({ "webhook-signature": `${sign(PAYLOAD, OTHER)} v1a,unknown= ${SIGNATURE}` });
  await verifyWebhook(PAYLOAD, both, SECRET, { now: NOW });
  await verifyWebhook(PAYLOAD, both, OTHER, { now: NOW });
  await verifyWebhook(PAYLOAD, signed(), [OTHER, SECRET], { now: NOW });
});

test("a wrong secret, a changed body, id or time, and an unknown version are refused", async () => {
  await refused("wrong_signature", signed(), PAYLOAD, OTHER);
  await refused("wrong_signature", signed(), '{"test":2432232314}');
  await refused("wrong_signature", signed({ "webhook-id": "msg_other" }));
  await refused("wrong_signature", signed({ "webhook-timestamp": String(TIMESTAMP + 1) }));
  await refused("wrong_signature", signed({ "webhook-signature": SIGNATURE.replace("v1,", "v2,") }));
  await refused("wrong_signature", signed({ "webhook-signature": "v1," }));
  await refused("wrong_signature", signed({ "webhook-signature": "v1,%%% v1" }));
});

test("what is older or newer than five minutes is refused, or than what is told", async () => {
  await verifyWebhook(PAYLOAD, signed(), SECRET, { now: NOW + 300_000 });
  await verifyWebhook(PAYLOAD, signed(), SECRET, { now: NOW - 300_000 });
  await refused("too_old", signed(), PAYLOAD, SECRET, NOW + 301_000);
  await refused("too_new", signed(), PAYLOAD, SECRET, NOW - 301_000);
  await verifyWebhook(PAYLOAD, signed(), SECRET, { now: NOW + 900_000, toleranceSeconds: 900 });
  await assert.rejects(verifyWebhook(PAYLOAD, signed(), SECRET), { code: "too_old" });
});

test("what is missing or cannot be read says so", async () => {
  for (const name of Object.keys(signed())) await refused("missing_header", { ...signed(), [name]: undefined });
  for (const time of ["", "soon", "1e9", "-5", "16142653300000"]) {
    await refused(time === "" ? "missing_header" : "invalid_timestamp", signed({ "webhook-timestamp": time }));
  }
  await refused("invalid_body", signed({ "webhook-signature": sign("no JSON") }), "no JSON");
  const bytes = new Uint8Array([0x22, 0xff, 0x22]);
  await refused("invalid_body", signed({ "webhook-signature": sign(bytes) }), bytes);
});

test("a secret that is none is refused without being shown", async () => {
  for (const secret of ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_not base64!"]) {
    const error: unknown = await verifyWebhook(PAYLOAD, signed(), secret, { now: NOW }).catch((error) => error);
    assert.ok(error instanceof WebhookError && error.code === "invalid_secret", secret);
    assert.ok(secret.length < 10 || !error.message.includes(secret));
  }
  await refused("invalid_secret", signed(), PAYLOAD, []);
});
