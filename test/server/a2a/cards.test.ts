import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { z } from "zod";
import { daemonHere, type DaemonHere } from "../../support/machine/daemon.ts";
import { a2aCall, a2aWire, jsonOf } from "../../support/a2a.ts";
import { expectGolden } from "../../support/golden.ts";
import { request, sendRaw } from "../../support/network/raw-http.ts";

let daemon: DaemonHere;
let open: DaemonHere;

beforeAll(() => {
  daemon = daemonHere();
  open = daemonHere({ open: true });
});
afterAll(() => Promise.all([daemon.stop(), open.stop()]));

const fetchCard = (headers: Record<string, string> = {}, from = daemon, query = "") =>
  fetch(`${from.url}.well-known/agent-card.json${query}`, { headers });

/** What A2A 1.0 wants of a card (a2a.proto, "REQUIRED"), and nothing that it does not have. */
const Pure = z.strictObject({
  name: z.string().min(1),
  description: z.string().min(1),
  supportedInterfaces: z
    .array(z.strictObject({ url: z.url(), protocolBinding: z.string(), protocolVersion: z.string() }))
    .min(1),
  version: z.string().min(1),
  capabilities: z.strictObject({
    streaming: z.literal(true),
    pushNotifications: z.literal(false),
    extendedAgentCard: z.literal(true),
    extensions: z.array(
      z.strictObject({ uri: z.string(), description: z.string(), required: z.literal(false) }),
    ),
  }),
  securitySchemes: z
    .strictObject({
      bearer: z.strictObject({
        httpAuthSecurityScheme: z.strictObject({ scheme: z.literal("Bearer"), description: z.string() }),
      }),
    })
    .optional(),
  securityRequirements: z
    .array(z.strictObject({ schemes: z.strictObject({ bearer: z.strictObject({ list: z.tuple([]) }) }) }))
    .optional(),
  defaultInputModes: z.array(z.string()).min(1),
  defaultOutputModes: z.array(z.string()).min(1),
  skills: z
    .array(
      z.strictObject({
        id: z.string(),
        name: z.string(),
        description: z.string(),
        tags: z.array(z.string()).min(1),
        examples: z.array(z.string()).optional(),
      }),
    )
    .min(1),
});

/** What a client of A2A 0.3 reads of a card, as its SDKs do: other fields are passed over. */
const Legacy = z.object({
  name: z.string(),
  description: z.string(),
  url: z.string(),
  version: z.string(),
  protocolVersion: z.string(),
  preferredTransport: z.literal("JSONRPC"),
  capabilities: z.object({ streaming: z.boolean(), pushNotifications: z.boolean() }),
  defaultInputModes: z.array(z.string()),
  defaultOutputModes: z.array(z.string()),
  skills: z.array(
    z.object({ id: z.string(), name: z.string(), description: z.string(), tags: z.array(z.string()) }),
  ),
  supportsAuthenticatedExtendedCard: z.literal(true),
  securitySchemes: z.object({ bearer: z.object({ type: z.literal("http"), scheme: z.string() }) }).optional(),
  security: z.array(z.object({ bearer: z.tuple([]) })).optional(),
});

describe("the card of A2A", () => {
  test("is the pure one for who names 1.0, by header or query, and the one for both generations else", async () => {
    for (const version of ["1.0", "1.0.1"])
      expect(Pure.parse(await (await fetchCard({ "a2a-version": version })).json()).name).toBe("cord");
    expect(Pure.parse(await (await fetchCard({}, daemon, "?A2A-Version=1.0")).json()).name).toBe("cord");
    for (const version of [undefined, "", "0.3", "0.3.0", "9.9"]) {
      const card = await jsonOf(await fetchCard(version === undefined ? {} : { "a2a-version": version }));
      const url = `${daemon.url}a2a`;
      expect(Legacy.parse(card)).toMatchObject({ url, protocolVersion: "0.3.0", security: [{ bearer: [] }] });
      // what is of 1.0 only is as in the pure one
      const pure = await jsonOf(await fetchCard({ "a2a-version": "1.0" }));
      expect(card).toMatchObject(pure);
    }
  });

  test("has the interfaces at the address by which it was called", async () => {
    for (const host of [`127.0.0.1:${daemon.port}`, `localhost:${daemon.port}`]) {
      const card = Pure.parse(
        await (await fetch(`http://${host}/.well-known/agent-card.json?A2A-Version=1.0`)).json(),
      );
      const url = `http://${host}/a2a`;
      expect(card.supportedInterfaces).toEqual([
        { url, protocolBinding: "JSONRPC", protocolVersion: "1.0" },
        { url, protocolBinding: "HTTP+JSON", protocolVersion: "1.0" },
        { url, protocolBinding: "JSONRPC", protocolVersion: "0.3" },
      ]);
    }
  });

  test("names no security where none is asked for", async () => {
    for (const version of ["1.0", "0.3"]) {
      const card = await jsonOf(await fetchCard({ "a2a-version": version }, open));
      expect(Object.keys(card).filter((field) => field.startsWith("security"))).toEqual([]);
    }
  });

  test("is not sent again to who has it", async () => {
    const first = await fetchCard();
    const etag = first.headers.get("etag") ?? "";
    expect(etag).toMatch(/^"[\w-]+"$/);
    expect(first.headers.get("vary")).toBe("A2A-Version");
    expect(first.headers.get("cache-control")).toMatch(/\bmax-age=\d+/);
    const lastModified = first.headers.get("last-modified") ?? "";
    expect(new Date(lastModified).toUTCString()).toBe(lastModified);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const again = await fetchCard({ "if-none-match": known });
      expect([known, again.status, await again.text(), again.headers.get("etag")]).toEqual([
        known,
        304,
        "",
        etag,
      ]);
    }
    expect((await fetchCard({ "if-modified-since": lastModified })).status).toBe(304);
    for (const stale of [
      { "if-none-match": '"other"' },
      { "if-none-match": '"other"', "if-modified-since": lastModified },
      { "if-modified-since": new Date(0).toUTCString() },
      { "if-modified-since": "never" },
      // each version is a card of its own
      { "if-none-match": etag, "a2a-version": "1.0" },
    ])
      expect((await fetchCard(stale)).status).toBe(200);
  });

  test("is answered for its head alone", async () => {
    const answer = await sendRaw(
      daemon.port,
      request("HEAD /.well-known/agent-card.json", [`Host: 127.0.0.1:${daemon.port}`]),
    );
    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(/\r\n\r\n$/);
    expect(answer.text).toMatch(/\r\netag: "/);
  });
});

test("the pure card is as reviewed", async () => {
  const card = JSON.stringify(await (await fetchCard({ "a2a-version": "1.0" })).json(), null, 2);
  const anywhere = card.replaceAll(`:${daemon.port}/`, ":PORT/");
  expectGolden(join(import.meta.dir, "../../golden/surface/agent-card-1.0.json"), `${anywhere}\n`);
});

test("the card of old clients of the board says what A2A 0.3 wants to know beside it", async () => {
  const card = await jsonOf(await fetch(`${daemon.url}.well-known/agent.json`));
  expect(Legacy.parse(card)).toMatchObject({ url: "/", protocolVersion: "0.3.0" });
  expect(card["additionalInterfaces"]).toEqual([{ url: `${daemon.url}a2a`, transport: "JSONRPC" }]);
});

describe("the extended card", () => {
  test("has a skill for each agent that is here, over each wire", async () => {
    await daemon.rpc("agents/heartbeat", { id: "tab-1", name: "Hotfix \u001b[31mtab\u202e" });
    await daemon.rpc("agents/heartbeat", { id: "tab-2", name: "tab-2" });
    const wire = a2aWire(daemon);
    const skills = [
      { id: "task" },
      { id: "follow" },
      { id: "agent:tab-2", name: "tab-2" },
      { id: "agent:tab-1", name: "Hotfix tab" },
    ];
    const wanted = byId({ skills });
    const rpc = await jsonOf(await wire.rpc("1.0", a2aCall("GetExtendedAgentCard")));
    expect(byId(rpc["result"])).toMatchObject(wanted);
    const legacy = await jsonOf(await wire.rpc(null, a2aCall("agent/getAuthenticatedExtendedCard")));
    expect(byId(legacy["result"])).toMatchObject(wanted);
    expect(byId(await jsonOf(await wire.rest("GET /extendedAgentCard")))).toMatchObject(wanted);
  });

  test("asks for a token", async () => {
    expect(
      (await fetch(`${daemon.url}a2a/extendedAgentCard`, { headers: { "a2a-version": "1.0" } })).status,
    ).toBe(401);
  });
});

const byId = (card: unknown) =>
  Object(card).skills.toSorted((a: Skill, b: Skill) => a.id.localeCompare(b.id));

interface Skill {
  id: string;
}

test("the extension is said back to who names it among others, on either wire, and to nobody else", async () => {
  const wire = a2aWire(daemon);
  const uri = "urn:cord:a2a:board:1";
  for (const [named, said] of [
    [uri, uri],
    [`urn:other:1, ${uri}`, uri],
    ["urn:other:1", null],
    [`${uri}0`, null],
  ] as const) {
    const headers = { "a2a-extensions": named };
    const rpc = await wire.rpc("1.0", a2aCall("ListTasks", {}), headers);
    expect([named, rpc.headers.get("a2a-extensions")]).toEqual([named, said]);
    const rest = await wire.rest("GET /tasks", undefined, headers);
    expect([named, rest.headers.get("a2a-extensions")]).toEqual([named, said]);
    const legacy = await wire.rpc(null, a2aCall("tasks/get", { id: "x" }), { "x-a2a-extensions": named });
    expect([named, legacy.headers.get("a2a-extensions")]).toEqual([named, said]);
  }
});
