import { expect, test } from "bun:test";
import { WatchList } from "../../../src/server/inbox/watch-list.ts";
import type { WatchRow } from "../../../src/store/tables/watches.ts";

function row(id: string, agent: string, until_at: number | null = null): WatchRow {
  const filter = JSON.stringify({ kind: id });
  return { id, agent, project: null, filter, once: 1, until_at, note: null, seq: 0, created_at: 0 };
}

test("the watches of one agent are changed without a look at those of others", () => {
  const list = new WatchList();
  let looks = 0;
  const others = Array.from({ length: 100 }, (_, n) =>
    Object.defineProperty(row(`other ${n}`, "bob"), "agent", { get: () => ((looks += 1), "bob") }),
  );
  list.replace([...others, row("first", "alice", 5)]);
  const before = looks;
  list.replaceOf("alice", [row("second", "alice", 7)]);
  list.replaceOf("alice", [row("third", "alice", 9)]);
  expect(looks).toBe(before);
  expect(list.nextEnd).toBe(9);
  list.replaceOf("alice", []);
  expect(list.nextEnd).toBeNull();
});

test("when the next watch ends is looked for only once something has changed", () => {
  const list = new WatchList();
  let looks = 0;
  const watch = Object.defineProperty(row("a", "alice"), "until_at", { get: () => ((looks += 1), 5) });
  list.replace([watch]);
  expect(list.nextEnd).toBe(5);
  const before = looks;
  expect([list.nextEnd, list.nextEnd]).toEqual([5, 5]);
  expect(looks).toBe(before);
  list.replaceOf("bob", [row("b", "bob", 3)]);
  expect(list.nextEnd).toBe(3);
});

test("a watch that goes on under another name of its agent is that agent's only", () => {
  const list = new WatchList();
  list.replace([row("a", "alice", 5)]);
  list.replaceOf("carol", [row("a", "carol", 5)]);
  list.replaceOf("alice", []);
  expect(list.endedBy(5).map(({ agent }) => agent)).toEqual(["carol"]);
});
