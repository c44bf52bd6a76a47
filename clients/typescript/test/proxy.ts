/** A proxy that loses answers: the server has done what it was asked for, and the client does not hear of it. */

import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

export interface Proxy {
  url: string;
  /** The status of every answer of the server, those that were lost included. */
  statuses: number[];
}

/** Hangs up in the place of the first `lost` answers. */
export async function losingProxy(test: TestContext, target: string, lost: number): Promise<Proxy> {
  const statuses: number[] = [];
  const proxy = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = new Headers();
    for (const name of ["authorization", "content-type", "idempotency-key"]) {
      const value = request.headers[name];
      if (typeof value === "string") headers.set(name, value);
    }
    const body = chunks.length === 0 ? null : Buffer.concat(chunks);
    const answer = await fetch(target + (request.url ?? ""), { method: request.method ?? "GET", headers, body });
    const text = await answer.text();
    statuses.push(answer.status);
    if (statuses.length <= lost) response.destroy();
    else response.writeHead(answer.status, { "content-type": "application/json" }).end(text);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  test.after(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, statuses };
}
