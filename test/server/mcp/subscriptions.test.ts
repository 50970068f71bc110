import { describe, expect, test } from "bun:test";
import { Subscriptions } from "../../../src/server/mcp/subscriptions.ts";

/** What a session is told of, and on which of its streams. */

/** Resources that a test changes. Those whose URI begins with none: there are none. */
function resources() {
  const watchers = new Map<string, Set<() => void>>();
  return {
    watching: () => [...watchers].flatMap(([uri, of]) => Array.from(of, () => uri)).toSorted(),
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

/** A session with a stream, before it has subscribed to these. */
async function sessionWith(...uris: string[]) {
  const [board, session] = [resources(), new Subscriptions()];
  const stream = session.open(board.watch);
  for (const uri of uris) await session.add(uri, board.watch);
  return { ...board, session, stream };
}

describe("a session", () => {
  test("is told on each of its streams, once for all that changed before it was read", async () => {
    const { session, stream, watch, change } = await sessionWith("a", "b");
    const streams = [stream, session.open(watch)];
    for (const uri of ["a", "a", "b", "a"]) change(uri);
    for (const one of streams) {
      expect([await one.next(), await one.next()]).toEqual([update("a"), update("b")]);
      const next = one.next();
      change("b");
      expect(await next).toBe(update("b"));
    }
  });

  test("that has no stream watches nothing, and is told on the next of all that it has subscribed to", async () => {
    const { session, stream, watch, watching } = await sessionWith("a", "b");
    stream.close();
    expect([watching(), session.uris]).toEqual([[], ["a", "b"]]);
    await session.add("c", watch);
    expect([watching(), session.uris]).toEqual([[], ["a", "b", "c"]]);
    const again = session.open(watch);
    expect([await again.next(), await again.next(), await again.next()]).toEqual(["a", "b", "c"].map(update));
    expect(watching()).toEqual(["a", "b", "c"]);
  });

  test("whose stream goes while it is looked for a resource watches nothing", async () => {
    const { session, stream, watch, watching } = await sessionWith();
    const begun = session.add("a", watch);
    stream.close();
    expect(await begun).toBe(true);
    expect([watching(), session.uris]).toEqual([[], ["a"]]);
  });

  test("that subscribes again is told once, and after it took that back of nothing", async () => {
    const { session, stream, watch, change, watching } = await sessionWith("a", "b");
    expect(await session.add("a", watch)).toBe(true);
    expect(watching()).toEqual(["a", "b"]);
    change("a");
    session.remove("a");
    session.remove("never");
    change("a");
    change("b");
    expect(await stream.next()).toBe(update("b"));
    expect(watching()).toEqual(["b"]);
  });

  test("that takes a subscription back before it has begun watches nothing", async () => {
    const { session, watch, watching } = await sessionWith();
    const begun = session.add("a", watch);
    session.remove("a");
    await begun;
    expect([watching(), session.uris]).toEqual([[], []]);
  });

  test("keeps nothing of what there is none of, or could not be looked for", async () => {
    const { session, watch } = await sessionWith();
    expect(await session.add("none:a", watch)).toBe(false);
    await expect(session.add("bad:a", watch)).rejects.toThrow("It could not be looked for.");
    expect(session.uris).toEqual([]);
  });

  test("subscribes to 64 at most, also at one time", async () => {
    const { session, watch, watching } = await sessionWith();
    const all = Array.from({ length: 70 }, (_, count) => session.add(`a${count}`, watch));
    const settled = await Promise.allSettled(all);
    expect(settled.filter(({ status }) => status === "rejected")).toHaveLength(6);
    expect(watching()).toHaveLength(64);
  });

  test("from before a restart watches what there still is, and keeps what could not be looked for", async () => {
    const [{ watch, watching }, session] = [resources(), new Subscriptions()];
    session.remember(["a", "none:b", "bad:c", "d"]);
    expect(watching()).toEqual([]);
    const stream = session.open(watch);
    expect([await stream.next(), await stream.next(), await stream.next()]).toEqual(
      ["a", "bad:c", "d"].map(update).toSorted(),
    );
    expect([watching(), session.uris]).toEqual([
      ["a", "d"],
      ["a", "bad:c", "d"],
    ]);
  });

  test("in another project watches anew, and is told of all of it", async () => {
    const { session, stream, watch, watching } = await sessionWith("a", "d");
    await session.renew(watch);
    expect(watching()).toEqual(["a", "d"]);
    expect([await stream.next(), await stream.next()]).toEqual([update("a"), update("d")]);
  });

  test("that is over has no stream and watches nothing", async () => {
    const { session, stream, watch, watching } = await sessionWith("a");
    const next = stream.next();
    const begun = session.add("b", watch);
    session.end();
    await begun;
    expect(await next).toBeNull();
    expect(await session.open(watch).next()).toBeNull();
    expect(watching()).toEqual([]);
  });
});
