import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHmac, randomBytes } from "node:crypto";
import { keyPrefix, keyText, nodeOf, proofText } from "../../src/core/proof.ts";
import { nodeToken } from "../../src/server/node-token.ts";
import { daemonHere, type DaemonHere } from "../support/machine/daemon.ts";
import { rpcCall } from "../support/rpc.ts";

/** How a daemon proves whose it is, and what opens it afterwards: both ends of core/proof.ts, as a foreign client sees them. */

let daemon: DaemonHere;
beforeAll(() => {
  daemon = daemonHere();
});
afterAll(() => daemon.stop());

const nonce = randomBytes(32).toString("hex");
const hex = (key: string, text: string) => createHmac("sha256", key).update(text).digest("hex");

async function challenge(
  query: Record<string, string>,
  host = new URL(daemon.url).host,
  { url } = daemon,
): Promise<{ status: number; instance: string; proof: string; said: string }> {
  const response = await fetch(`${url}healthz?${new URLSearchParams(query)}`, { headers: { host } });
  const said = await response.text();
  const { instance = "", proof = "" }: { instance?: string; proof?: string } = JSON.parse(said);
  return { status: response.status, instance, proof, said };
}

describe("a challenge", () => {
  test("is answered with a seal of the daemon's token, over the challenge, this start and the Host", async () => {
    const { host } = new URL(daemon.url);
    const { instance, proof, said } = await challenge({ nonce });
    expect(instance).toMatch(/^[0-9a-f]{32}$/);
    expect(proof).toBe(hex(daemon.token, proofText(nonce, instance, host)));
    expect(said).not.toContain(daemon.token);
  });

  test("for a node is answered with a seal of the node's token", async () => {
    const token = nodeToken(daemon.token, Bun.randomUUIDv7(), 3);
    const { host } = new URL(daemon.url);
    const { instance, proof, said } = await challenge({ nonce, for: nodeOf(token) });
    expect(proof).toBe(hex(token, proofText(nonce, instance, host)));
    expect(said).not.toContain(token.split(".").at(-1) ?? "");
  });

  test.each([
    ["short", { nonce: "ab" }],
    ["long", { nonce: "a".repeat(129) }],
    ["no number", { nonce: "x".repeat(64) }],
    ["for no node", { nonce, for: "cord-node." }],
    ["for a whole token", { nonce, for: `cord-node.${Bun.randomUUIDv7()}.1.seal` }],
  ])("that is %s is refused", async (_, query: Record<string, string>) => {
    expect((await challenge(query)).status).toBe(400);
  });

  test("is needed for a proof: without one, health is as it was", async () => {
    const { status, instance, proof } = await challenge({});
    expect({ status, instance, proof }).toEqual({ status: 200, instance: "", proof: "" });
  });

  test("that names an address at which the daemon does not listen gets no proof: a relay would ask so", async () => {
    const { status, proof } = await challenge({ nonce }, `[::1]:${daemon.port}`);
    expect({ status, proof }).toEqual({ status: 403, proof: "" });
  });

  test("is answered by a daemon that asks for no token too", async () => {
    await using open = daemonHere({ open: true });
    const { host } = new URL(open.url);
    const { instance, proof } = await challenge({ nonce }, host, open);
    expect(proof).toBe(hex(open.token, proofText(nonce, instance, host)));
  });
});

function keyFor(instance: string, host: string): string {
  return `Bearer ${keyPrefix}${hex(daemon.token, keyText(instance, host))}`;
}

async function statusWith(authorization: string, headers: Record<string, string> = {}): Promise<number> {
  const body = rpcCall("daemon/status");
  return (await daemon.post(body, { authorization, ...headers })).status;
}

describe("the key that takes the token's place", () => {
  test("opens every door of the daemon that it was made for", async () => {
    const { host } = new URL(daemon.url);
    const { instance } = await challenge({ nonce });
    const authorization = keyFor(instance, host);
    expect(await statusWith(authorization)).toBe(200);
    const events = await fetch(`${daemon.url}events`, { headers: { authorization } });
    expect(events.status).toBe(200);
    await events.body?.cancel();
    const mcp = await fetch(`${daemon.url}mcp`, { method: "DELETE", headers: { authorization } });
    expect(mcp.status).toBe(400);
  });

  test("opens nothing under another Host, at another start, or cut short", async () => {
    const { host } = new URL(daemon.url);
    const { instance } = await challenge({ nonce });
    const right = keyFor(instance, host);
    expect(await statusWith(right, { host: `localhost:${daemon.port}` })).toBe(401);
    expect(await statusWith(keyFor("0".repeat(32), host))).toBe(401);
    expect(await statusWith(right.slice(0, -1))).toBe(401);
    await using again = daemonHere({ token: daemon.token });
    const answer = await again.post({}, { authorization: right });
    expect(answer.status).toBe(401);
  });
});
