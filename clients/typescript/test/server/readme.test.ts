/** What the README shows, run as it stands there. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { startServer } from "../server.js";

const run = promisify(execFile);
const PACKAGE = new URL("../../../", import.meta.url);
// Beside the tests, where the package finds itself by its name.
const FOLDER = new URL("build/readme/", PACKAGE);

/** The blocks of a language, in order. */
async function blocks(language: string): Promise<string[]> {
  const readme = await readFile(new URL("README.md", PACKAGE), "utf8");
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "gm"))].map(([, code]) => code ?? "");
}

/** Compiles a block as a user would; gives the program. */
async function compile(name: string, code: string): Promise<string> {
  await mkdir(FOLDER, { recursive: true });
  await writeFile(new URL(`${name}.ts`, FOLDER), code);
  const tsc = fileURLToPath(new URL("node_modules/typescript/bin/tsc", PACKAGE));
  const options = ["--strict", "--target", "es2022", "--module", "nodenext", "--types", "node", "--ignoreConfig"];
  const file = fileURLToPath(new URL(`${name}.ts`, FOLDER));
  await run(process.execPath, [tsc, ...options, file]).catch((error: { stdout: string }) => assert.fail(error.stdout));
  return fileURLToPath(new URL(`${name}.js`, FOLDER));
}

test("the first program prints what the README says", async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const [start = ""] = await blocks("ts");
  const [expected] = await blocks("text");
  const env = { ...process.env, LARGESSE_URL: server.url, LARGESSE_KEY: server.secretKey };
  const { stdout } = await run(process.execPath, [await compile("start", start)], { env });
  assert.equal(stdout, expected);
});

test("the receiver of webhooks does each message once, and refuses what is not signed", async () => {
  const [, , receiver = ""] = await blocks("ts");
  const { receive } = (await import(await compile("receiver", receiver))) as {
    receive: (request: Request) => Promise<Response>;
  };
  const secret = `whsec_${Buffer.from("a secret of thirty-two bytes....").toString("base64")}`;
  process.env.WEBHOOK_SECRETS = `whsec_b2xk ${secret}`;
  const body = '{"type": "order.placed"}';
  const time = String(Math.floor(Date.now() / 1000));
  const hmac = createHmac("sha256", "a secret of thirty-two bytes....").update(`msg_1.${time}.${body}`);
  const headers = { "webhook-id": "msg_1", "webhook-timestamp": time, "webhook-signature": `v1,${hmac.digest("base64")}` };
  const message = (body: string) => new Request("http://127.0.0.1/hook", { method: "POST", headers, body });
  const answers = [];
  for (const each of [body, body, "{}"]) answers.push((await receive(message(each))).status);
  assert.deepEqual(answers, [204, 200, 400]);
});

test("every other block is TypeScript that fits the package", async () => {
  const [, ...others] = await blocks("ts");
  assert.equal(others.length, 2);
  for (const [number, code] of others.entries()) await compile(`block-${number}`, code);
});
