/** Lists that come in pages. */

/** A page of a list. */
export interface Page<T> {
  /** The objects of this page, in order. */
  data: T[];
  /** Where the next page begins, as `after` of a query; null on the last one. */
  next_cursor?: string | null | undefined;
}

/** A list, read page by page as it is gone through. */
export class Pages<T> implements AsyncIterable<T> {
  readonly #first: string | undefined;
  readonly #read: (after: string | undefined) => Promise<Page<T>>;

  constructor(first: string | undefined, read: (after: string | undefined) => Promise<Page<T>>) {
    this.#first = first;
    this.#read = read;
  }

  /** One object after the other, of all pages. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const { data } of this.pages()) yield* data;
  }

  /** One page after the other. */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    for (let after = this.#first; ; ) {
      const page = await this.#read(after);
      yield page;
      if (page.next_cursor == null) return;
      after = page.next_cursor;
    }
  }

  /** The first page alone. */
  firstPage(): Promise<Page<T>> {
    return this.#read(this.#first);
  }

  /** Everything at once, where that fits into memory. */
  async toArray(): Promise<T[]> {
    const all: T[] = [];
    for await (const item of this) all.push(item);
    return all;
  }
}
