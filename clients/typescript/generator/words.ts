/** Names: from those of the document to those of TypeScript, and from operations to methods. */

/** `coupon codes` and `code_id` become `couponCodes` and `codeId`. */
export function camel(text: string): string {
  const [first = "", ...others] = text.split(/[^A-Za-z0-9]+/).filter(Boolean);
  return lowerFirst(first) + others.map(upperFirst).join("");
}

/** `List_Order` becomes `ListOrder`. */
export function pascal(text: string): string {
  return text.split(/[^A-Za-z0-9]+/).map(upperFirst).join("");
}

export function upperFirst(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

function lowerFirst(word: string): string {
  return word.slice(0, 1).toLowerCase() + word.slice(1);
}

export interface Place {
  /** The group of its methods; none when it stands on the client itself. */
  group: string | undefined;
  name: string;
}

/**
 * Where an operation stands: `placeOrder` of `orders` is `orders.place`, `getGiftCardBalance` of `gift cards` is
 * `giftCards.getBalance`. What the group says is left out after the verb, or at the beginning; an id of one word
 * (`evaluate`) needs no group.
 */
export function place(id: string, tag: string): Place {
  const words = id.split(/(?=[A-Z])/);
  if (words.length === 1) return { group: undefined, name: id };
  const group = tag.split(/[^A-Za-z0-9]+/).map(singular);
  const isAt = (start: number) => group.every((word, index) => singular(words[start + index] ?? "") === word);
  const start = [1, 0].find(isAt);
  if (start !== undefined && words.length > group.length) words.splice(start, group.length);
  return { group: camel(tag), name: lowerFirst(words.join("")) };
}

function singular(word: string): string {
  return word.toLowerCase().replace(/s$/, "");
}

/** A documentation comment before a line, with its indentation. */
export function comment(lines: readonly (string | undefined)[], indentation = ""): string {
  const text = lines.filter((line) => line !== undefined && line !== "").join("\n\n");
  if (text === "") return "";
  const safe = text.replaceAll("*/", "*∕").split("\n");
  if (safe.length === 1) return `${indentation}/** ${safe[0]} */\n`;
  return `${indentation}/**\n${safe.map((line) => `${indentation} * ${line}`.trimEnd()).join("\n")}\n${indentation} */\n`;
}
