import assert from "node:assert/strict";
import { test } from "node:test";

import { LargesseError, secondsOf } from "#dist/error.js";
import { waitSeconds } from "#dist/retry.js";

const failed = (retryAfterSeconds?: number) => new LargesseError({ code: "overloaded", detail: "", retryAfterSeconds });

test("own waits double from a quarter of a second to eight, spread over their upper half", () => {
  const waits = (dice: number) => [0, 1, 2, 5, 9].map((attempt) => waitSeconds(failed(), attempt, dice));
  assert.deepEqual(waits(1), [0.25, 0.5, 1, 8, 8]);
  assert.deepEqual(waits(0), [0.125, 0.25, 0.5, 4, 4]);
});

test("nobody comes back before the server wants, nor exactly then", () => {
  assert.equal(waitSeconds(failed(10), 0, 0), 10);
  assert.equal(waitSeconds(failed(10), 0, 1), 10.25);
  assert.equal(waitSeconds(failed(0), 2, 1), 1, "zero seconds do not make a storm");
  assert.equal(waitSeconds(failed(61), 0, 0), undefined);
});

test("Retry-After is read in both of its forms", () => {
  const now = Date.parse("2026-11-27T18:00:00Z");
  assert.equal(secondsOf("7", now), 7);
  assert.equal(secondsOf("Fri, 27 Nov 2026 18:00:30 GMT", now), 30);
  assert.equal(secondsOf("Fri, 27 Nov 2026 17:00:00 GMT", now), 0);
  assert.equal(secondsOf("-3", now), 0);
  assert.equal(secondsOf("soon", now), undefined);
  assert.equal(secondsOf(null, now), undefined);
});
