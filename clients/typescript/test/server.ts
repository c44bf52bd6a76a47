/** The server under test: started in an empty folder, ended by its process. */

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const START_SECONDS = 60;

export interface TestServer {
  url: string;
  secretKey: string;
  publishableKey: string;
  stop(): Promise<void>;
}

export async function startServer(): Promise<TestServer> {
  const binary = process.env.LARGESSE_BINARY;
  if (binary === undefined) throw new Error("say in LARGESSE_BINARY where the server is: `cargo build -p server`");
  const folder = await mkdtemp(join(tmpdir(), "largesse-typescript-"));
  const port = await freePort();
  const process_ = spawn(binary, ["serve", "--data-dir", join(folder, "data"), "--port", String(port)], {
    env: { ...process.env, LARGESSE_LOG: "warn" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [process_.stdout, process_.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (printed += text));
  }
  const stop = async () => {
    await end(process_);
    await rm(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + START_SECONDS * 1000; Date.now() < deadline; await sleep(50)) {
    if (process_.exitCode !== null) break;
    const secretKey = /sk_[\w-]+(?=\s)/.exec(printed)?.[0];
    const publishableKey = /pk_[\w-]+(?=\s)/.exec(printed)?.[0];
    if (secretKey === undefined || publishableKey === undefined || !(await isReady(url))) continue;
    return { url, secretKey, publishableKey, stop };
  }
  await stop();
  throw new Error(`the server did not start; it printed: ${printed}`);
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    (answer) => answer.ok,
    () => false,
  );
}

async function end(process_: ChildProcess): Promise<void> {
  if (process_.exitCode !== null || process_.signalCode !== null) return;
  const ended = once(process_, "exit");
  process_.kill("SIGTERM");
  const timer = setTimeout(() => process_.kill("SIGKILL"), 15_000);
  await ended;
  clearTimeout(timer);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
