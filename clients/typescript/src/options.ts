/** What a caller can say of the client and of single calls. */

export interface LargesseOptions {
  /** Where the server is, such as `https://promotions.example.com`. */
  url: string;
  /** A key of the store: `sk_…` on servers, `pk_…` where shoppers can read it. */
  key: string;
  /** How often a call is repeated when that is safe; 3 unless told, 0 for never. */
  retries?: number | undefined;
  /** How long one attempt may take; 35 unless told, which is a little more than the server takes itself. */
  timeoutSeconds?: number | undefined;
  /** In the place of the platform's own `fetch`. */
  fetch?: typeof fetch | undefined;
}

export interface Options {
  /** Ends the call; it then rejects with the signal's reason. What was sent may have been done. */
  signal?: AbortSignal | undefined;
  /** As in {@link LargesseOptions}, for this call. */
  retries?: number | undefined;
  /** As in {@link LargesseOptions}, for this call. */
  timeoutSeconds?: number | undefined;
}

/** Some fields of an object; null takes one back to its default. */
export type Changes<T> = { [Field in keyof T]?: T[Field] | null | undefined };
