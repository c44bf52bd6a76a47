/** When a call is made again, and after how long. */

import type { LargesseError } from "./error.js";

/** Who is told to wait longer hears of it instead. */
const LONGEST_WAIT_SECONDS = 60;
const FIRST_WAIT_SECONDS = 0.25;
const LONGEST_OWN_WAIT_SECONDS = 8;

/**
 * Whether a call that failed so can be made again without doing anything twice. `isRepeatable`: it does once what it
 * does, however often it is sent; others are made again only when the server says that nothing was kept.
 */
export function mayRepeat(error: LargesseError, isRepeatable: boolean): boolean {
  if (error.status === 429 || (error.status === 409 && error.retryable)) return true;
  const mayHaveBeenDone = ["network", "timeout"].includes(error.code) || [502, 503, 504].includes(error.status);
  return isRepeatable && mayHaveBeenDone;
}

/**
 * How many seconds to wait before the attempt after this one (0 is the first), if that is worth while. What the server
 * asks for is added to by a little, and our own waits are spread widely, so that those who failed together do not come
 * back together. `dice` is from 0 to 1.
 */
export function waitSeconds(error: LargesseError, attempt: number, dice: number): number | undefined {
  const asked = error.retryAfterSeconds;
  const own = Math.min(FIRST_WAIT_SECONDS * 2 ** attempt, LONGEST_OWN_WAIT_SECONDS) * (0.5 + dice / 2);
  if (asked === undefined) return own;
  return asked > LONGEST_WAIT_SECONDS ? undefined : Math.max(asked + dice * FIRST_WAIT_SECONDS, own);
}

/** Sleeps, unless the signal ends it: then it rejects with the signal's reason. */
export function sleep(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason);
    const end = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", end);
      resolve();
    }, seconds * 1000);
    signal?.addEventListener("abort", end, { once: true });
  });
}
