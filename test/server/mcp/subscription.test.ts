import { expect, test } from "bun:test";
import { CordError } from "../../../src/core/error.ts";
import type { Client } from "../../../src/server/mcp/client.ts";
import { endpointOf } from "../../../src/server/mcp/endpoint.ts";
import type { Era } from "../../../src/server/mcp/era.ts";
import { refused } from "../../../src/server/mcp/refused.ts";
import { statelessCall, statelessHeaders } from "../../support/clients/stateless.ts";
import { countedTraffic } from "../../support/network/traffic.ts";
import { fixtureClient } from "../../support/conformance/fixtures.ts";

/** A `subscriptions/listen`, piece by piece: what is watched, and what is kept for a client that does not read. */

const none: Era = {
  versions: [],
  methods: new Map(),
  notifications: new Map(),
  clientOf: () => refused(500, "No request here is older."),
  answerOther: () => refused(500, "No request here is older."),
};

/** A stream that watches these, and the ways to change them. */
async function listening(resourceSubscriptions: string[]) {
  const watched = new Map<string, () => void>();
  const client: Client = {
    ...fixtureClient(null),
    watch: async (uri, onUpdated) => {
      if (uri.endsWith("nothing")) return null;
      if (uri.endsWith("several")) throw new CordError("conflict", "It fits more than one task.");
      if (uri.endsWith("trouble")) throw new CordError("busy", "The disk is slow.");
      watched.set(uri, onUpdated);
      return () => void watched.delete(uri);
    },
  };
  const traffic = countedTraffic();
  const endpoint = endpointOf({ era: none, clientOf: () => client }, traffic);
  const gone = new AbortController();
  const request = new Request("http://127.0.0.1/mcp", {
    method: "POST",
    headers: statelessHeaders("subscriptions/listen"),
    signal: gone.signal,
  });
  const body = statelessCall("subscriptions/listen", { notifications: { resourceSubscriptions } });
  const response = await endpoint.handle(request, { kind: "human" }, body);
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  const next = async () => decoder.decode((await reader?.read())?.value);
  return { next, gone, watched, held: traffic.held, change: (uri: string) => watched.get(uri)?.() };
}

test("a client that does not read is told of each resource once when it does, however often that has changed", async () => {
  const { next, change, gone, watched, held } = await listening(["test://a", "test://b", "test://nothing"]);
  expect(held()).toBe(1);
  expect(await next()).toBe(": cord\n\n");
  expect(await next()).toContain('"resourceSubscriptions":["test://a","test://b"]');
  for (let count = 0; count < 1000; count += 1) for (const uri of ["test://a", "test://b"]) change(uri);
  expect(await next()).toContain('"uri":"test://a"');
  expect(await next()).toContain('"uri":"test://b"');
  const later = next();
  change("test://b");
  expect(await later).toContain('"uri":"test://b"');
  gone.abort();
  expect([watched.size, held()]).toEqual([0, 0]);
});

test("of more resources than one stream is told of, the first are watched, and its client learns which", async () => {
  const all = Array.from({ length: 100 }, (_, at) => `test://${at}`);
  const { next, gone, watched } = await listening([...all, ...all]);
  await next();
  expect([...watched.keys()]).toEqual(all.slice(0, 64));
  const acknowledged = await next();
  expect(acknowledged).toContain('"test://63"');
  expect(acknowledged).not.toContain('"test://64"');
  gone.abort();
});

test("one that watches nothing holds nothing open", async () => {
  const { next, held } = await listening(["test://nothing"]);
  const pieces = [await next(), await next(), await next()];
  expect(pieces.join("")).toContain('"resultType":"complete"');
  expect(await next()).toBe("");
  expect(held()).toBe(0);
});

test("the beginning of an id that several have is left out, as a resource that there is not", async () => {
  const { next, gone, watched } = await listening(["test://a", "test://several", "test://b"]);
  await next();
  expect(await next()).toContain('"resourceSubscriptions":["test://a","test://b"]');
  gone.abort();
  expect(watched.size).toBe(0);
});

test("one that cannot be looked for is refused as a call is, and watches nothing", async () => {
  const { next, watched, held } = await listening(["test://a", "test://trouble", "test://b"]);
  expect(JSON.parse(await next())).toMatchObject({ id: 1, error: { data: { code: "busy" } } });
  expect([watched.size, held()]).toEqual([0, 0]);
});
