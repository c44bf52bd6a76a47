/** How operations are called: the shape of the generated table. */

export interface Operation {
  /** The group that the method is in; none when it stands on the client itself. */
  group?: string;
  name: string;
  method: string;
  /** With a `{name}` for every argument that belongs there. */
  path: string;
  /** The media type of what is sent. */
  body?: string;
  hasQuery: boolean;
  /** Options that become headers, with the names of these. */
  headers: Readonly<Record<string, string>>;
  answer: "page" | "json" | "text" | "none";
  /** Whether it does once what it does, however often it is sent. */
  isRepeatable: boolean;
}

export type Table = Readonly<Record<string, Operation>>;
