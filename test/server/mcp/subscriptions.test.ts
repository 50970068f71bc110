import { describe, expect, test } from "bun:test";
import { Subscriptions } from "../../../src/server/mcp/subscriptions.ts";

/** What a session is told of, and on which of its streams. */

/** Resources that a test changes. Those whose URI begins with none: there are none. */
function resources() {
  const watchers = new Map<string, Set<() => void>>();
  return {
    watching: () => [...watchers].flatMap(([uri, of]) => Array.from(of, () => uri)),
    change: (uri: string) => watchers.get(uri)?.forEach((onUpdated) => onUpdated()),
    watch: async (uri: string, onUpdated: () => void) => {
      if (uri.startsWith("none:")) return null;
      if (uri.startsWith("bad:")) throw new Error("It could not be looked for.");
      const watcher = () => onUpdated();
      watchers.set(uri, (watchers.get(uri) ?? new Set()).add(watcher));
      return () => void watchers.get(uri)?.delete(watcher);
    },
  };
}

const update = (uri: string) =>
  `event: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", method: "notifications/resources/updated", params: { uri } })}\n\n`;

describe("a session", () => {
  test("is told on each of its streams, once for all that changed before it was read", async () => {
    const [{ watch, change }, session] = [resources(), new Subscriptions()];
    await session.add("a", watch);
    await session.add("b", watch);
    const [first, second] = [session.open(), session.open()];
    for (const uri of ["a", "a", "b", "a"]) change(uri);
    for (const stream of [first, second]) {
      expect([await stream.next(), await stream.next()]).toEqual([update("a"), update("b")]);
      const next = stream.next();
      change("b");
      expect(await next).toBe(update("b"));
    }
  });

  test("is told on its first stream of what changed before that was open", async () => {
    const [{ watch, change }, session] = [resources(), new Subscriptions()];
    await session.add("a", watch);
    await session.add("b", watch);
    change("b");
    expect(await session.open().next()).toBe(update("b"));
  });

  test("whose stream broke is told on the next of all that it watches", async () => {
    const [{ watch, change }, session] = [resources(), new Subscriptions()];
    await session.add("a", watch);
    await session.add("b", watch);
    const broken = session.open();
    change("a");
    await broken.next();
    broken.close();
    const stream = session.open();
    expect([await stream.next(), await stream.next()]).toEqual([update("a"), update("b")]);
  });

  test("that subscribes again is told once, and after it took that back of nothing", async () => {
    const [{ watch, change, watching }, session] = [resources(), new Subscriptions()];
    expect([await session.add("a", watch), await session.add("a", watch)]).toEqual([true, true]);
    await session.add("b", watch);
    expect(watching()).toEqual(["a", "b"]);
    const stream = session.open();
    change("a");
    session.remove("a");
    session.remove("never");
    change("a");
    change("b");
    expect(await stream.next()).toBe(update("b"));
    expect(watching()).toEqual(["b"]);
  });

  test("that takes a subscription back before it has begun watches nothing", async () => {
    const [{ watch, watching }, session] = [resources(), new Subscriptions()];
    const begun = session.add("a", watch);
    session.remove("a");
    await begun;
    expect([watching(), session.uris]).toEqual([[], []]);
  });

  test("keeps nothing of what there is none of, or could not be looked for", async () => {
    const [{ watch }, session] = [resources(), new Subscriptions()];
    expect(await session.add("none:a", watch)).toBe(false);
    await expect(session.add("bad:a", watch)).rejects.toThrow("It could not be looked for.");
    expect(session.uris).toEqual([]);
  });

  test("subscribes to 64 at most, also at one time", async () => {
    const [{ watch, watching }, session] = [resources(), new Subscriptions()];
    const all = Array.from({ length: 70 }, (_, count) => session.add(`a${count}`, watch));
    const settled = await Promise.allSettled(all);
    expect(settled.filter(({ status }) => status === "rejected")).toHaveLength(6);
    expect(watching()).toHaveLength(64);
  });

  test("that is renewed watches what there still is, and is told of all of it", async () => {
    const [{ watch, watching }, session] = [resources(), new Subscriptions()];
    const stream = session.open();
    await session.renew(["a", "none:b", "bad:c", "d"], watch);
    expect(session.uris).toEqual(["a", "d"]);
    await session.renew(session.uris, watch);
    expect(watching()).toEqual(["a", "d"]);
    expect([await stream.next(), await stream.next()]).toEqual([update("a"), update("d")]);
  });

  test("that is over has no stream and watches nothing", async () => {
    const [{ watch, watching }, session] = [resources(), new Subscriptions()];
    await session.add("a", watch);
    const next = session.open().next();
    const begun = session.add("b", watch);
    session.end();
    await begun;
    expect(await next).toBeNull();
    expect(await session.open().next()).toBeNull();
    expect(watching()).toEqual([]);
  });
});
