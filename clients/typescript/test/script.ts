/** A server that answers as the test says, one step for each request. */

import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

export type Step = (response: ServerResponse) => void;

export interface Seen {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Plays the steps in turn, and the last one for ever; `seen` are the requests. */
export async function script(test: TestContext, ...steps: Step[]): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      seen.push({ method: request.method ?? "", path: request.url ?? "", headers: request.headers, body });
      steps[Math.min(seen.length, steps.length) - 1]?.(response);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  test.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

export const answer =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Step =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };

/** A problem as the server tells it. */
export const problem = (status: number, code: string, more: object = {}, headers: Record<string, string> = {}): Step =>
  answer({ type: `/docs/errors/${code}`, title: "No", status, code, detail: "not now", ...more }, status, headers);

/** Hangs up without an answer. */
export const cut: Step = (response) => response.destroy();

/** Never answers. */
export const silence: Step = () => {};
