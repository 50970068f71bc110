import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { z } from "zod";
import type { Caller } from "../../../src/core/tree.ts";
import { operations } from "../../../src/operations/list.ts";
import { Inboxes } from "../../../src/server/inbox/inboxes.ts";
import { openSqlite } from "../../../src/store/database/sqlite.ts";
import { openRig, textField, type Rig } from "../../support/operations/rig.ts";

/** Watches: what an agent is told of by its inbox, without a call that waits. */

const Answer = operations["tasks/watch"].output;
const tab = (agent: string): Caller => ({ kind: "tab", agent });

let rig: Rig;
beforeEach(() => {
  rig = openRig();
});
afterEach(() => rig.close());

async function watch(input: object, agentId = "bob"): Promise<z.infer<typeof Answer>> {
  return Answer.parse(await rig.call("tasks/watch", { agentId, ...input }, tab(agentId)));
}

async function send(input: object = {}): Promise<string> {
  return textField(await rig.call("tasks/send", { name: "work", ...input }, tab("alice")), "id");
}

async function told(agent = "bob"): Promise<string[]> {
  return (await rig.services.inbox.unread(agent)).rows.map(({ reason, line }) => `${reason}: ${line}`);
}

describe("a watch", () => {
  test("tells once of what lands, with its note, and has ended with that", async () => {
    const { watch: made, matching } = await watch({
      kind: "ack",
      name_contains: "stable",
      note: "go on\u001b[31m",
    });
    expect(made).toMatchObject({
      once: true,
      note: "go on",
      filter: { kind: "ack", name_contains: "stable" },
    });
    expect(matching).toBeUndefined();
    await send({ kind: "ack", name: "v1 is broken" });
    await send({ kind: "ack", name: "v1 is Stable" });
    await send({ kind: "ack", name: "v2 is stable" });
    expect(await told()).toEqual(['watch: your watch "go on" matches: ack 2 "v1 is Stable" is completed']);
    expect((await watch({})).watches).toEqual([]);
  });

  test("that is not for once tells of each task that comes to match, not of what is said of it", async () => {
    await watch({ kind: "bug", state: "claimed", once: false });
    for (const name of ["one", "two"]) {
      const id = await send({ kind: "bug", name });
      await rig.call("tasks/claim", { id, agentId: "alice" });
      await rig.call("tasks/say", { id, text: "at it", agentId: "alice" });
    }
    expect((await told()).length).toBe(2);
    expect((await watch({})).watches.length).toBe(1);
  });

  test("of named tasks tells of their ends, whatever their project", async () => {
    const [first, second] = [await send({ project: "elsewhere" }), await send()];
    await watch({ ids: [first], project: "here" });
    for (const id of [second, first]) {
      await rig.call("tasks/claim", { id, agentId: "alice" });
      await rig.call("tasks/complete", { id, agentId: "alice" });
    }
    expect(await told()).toEqual([expect.stringContaining('task 1 "work" is completed')]);
  });

  test("for work tells of a blocked task when it is ready", async () => {
    const need = await send();
    await watch({ kind: "review", state: "pending" });
    await send({ kind: "review", needs: [need] });
    expect(await told()).toEqual([]);
    await rig.call("tasks/claim", { id: need, agentId: "alice" });
    await rig.call("tasks/complete", { id: need, agentId: "alice" });
    expect((await told()).length).toBe(1);
  });

  test("says what matches already, which is the match of one that is for once", async () => {
    const id = await send({ kind: "bug" });
    const once = await watch({ kind: "bug", state: "pending" });
    expect(once).toMatchObject({ watch: null, matching: [{ id, number: 1, state: "pending" }], watches: [] });
    const always = await watch({ ids: ["1"], state: "pending", once: false });
    expect(always).toMatchObject({ watch: { once: false }, matching: [{ id }] });
    expect(await told()).toEqual([]);
  });

  test("for any work tells of no message, which is for its reader", async () => {
    await send({ kind: "message", to: "carol" });
    const { matching } = await watch({ state: "pending" });
    expect(matching).toBeUndefined();
    await send({ kind: "message", to: "carol" });
    expect(await told()).toEqual([]);
    await send({ kind: "bug" });
    expect(await told()).toEqual([expect.stringContaining("bug 3")]);
    expect((await watch({ kind: "message", state: "pending" })).matching?.length).toBe(2);
  });

  test("does not tell an agent of what it does itself", async () => {
    await watch({ kind: "ack" });
    await rig.call("tasks/send", { name: "mine", kind: "ack" }, tab("bob"));
    expect(await told()).toEqual([]);
    await send({ kind: "ack" });
    expect((await told()).length).toBe(1);
  });

  test("is cancelled by the beginning of its id, and only by its agent", async () => {
    const { watch: made } = await watch({ kind: "ack" });
    const id = made?.id ?? "";
    await expect(watch({ cancel: id }, "carol")).rejects.toThrow("There is no watch");
    await watch({ kind: "bug" });
    expect((await watch({ cancel: id })).watches).toMatchObject([{ filter: { kind: "bug" } }]);
    await send({ kind: "ack" });
    expect(await told()).toEqual([]);
  });

  test("tells its own note, also where another of the same agent matches the same", async () => {
    for (const note of ["merge", "deploy"]) await watch({ kind: "ack", note });
    await send({ kind: "ack" });
    expect((await told()).toSorted()).toEqual([
      expect.stringContaining('watch "deploy" matches: ack 1'),
      expect.stringContaining('watch "merge" matches: ack 1'),
    ]);
  });

  test("is begun, and cancelled, once by a call that is made again; one that has ended meanwhile is not said to be there", async () => {
    const asked = { kind: "ack", request_id: "a" };
    const { watch: made } = await watch(asked);
    expect((await watch(asked)).watches.map(({ id }) => id)).toEqual([made?.id ?? ""]);
    const ending = { cancel: made?.id, request_id: "b" };
    for (const _ of [1, 2]) expect((await watch(ending)).watches).toEqual([]);
    expect(await watch(asked)).toMatchObject({ watch: null, watches: [] });
  });

  test("is not asked for by a list of nothing", async () => {
    expect(await watch({ ids: [], kind: [] })).toEqual({ watch: null, watches: [] });
  });

  test("is refused where an agent has too many", async () => {
    for (let n = 0; n < 64; n += 1) await watch({ kind: `k${n}` });
    await expect(watch({ kind: "more" })).rejects.toThrow("at most 64 watches");
  });
});

test("a watch outlives its daemon, and what lands while there is none is told when there is one", async () => {
  const store = openSqlite(":memory:");
  const world = openRig(store, false);
  const open = () => new Inboxes({ store, clock: () => Date.now(), complain: () => {} });
  const first = open();
  await first.settled();
  const agentId = "bob";
  world.services.inbox = first;
  await world.call("tasks/watch", { agentId, kind: "ack" }, tab("bob"));
  await first.stop();
  await world.call("tasks/send", { name: "landed", kind: "ack" }, tab("alice"));
  const second = open();
  expect((await second.unread("bob")).rows).toMatchObject([{ reason: "watch" }]);
  await second.stop();
  await world.close();
});

test("a watch that is there before an event misses none, however they come together", async () => {
  const kinds = Array.from({ length: 40 }, (_, n) => `kind-${n}`);
  const sent = kinds.map((kind) => watch({ kind, once: false }, `agent-${kind}`).then(() => send({ kind })));
  await Promise.all([...sent, ...kinds.map(() => send())]);
  for (const kind of kinds) expect([kind, (await told(`agent-${kind}`)).length]).toEqual([kind, 1]);
});

test("a watch that comes to its time is told of, so that nobody waits for what cannot come", async () => {
  const store = openSqlite(":memory:");
  const world = openRig(store, false);
  const clock = { now: world.now() };
  const inbox = new Inboxes({ store, clock: () => clock.now, complain: () => {} });
  world.services.inbox = inbox;
  const news = Promise.withResolvers<void>();
  inbox.onNew("bob", news.resolve);
  await world.call("tasks/watch", { agentId: "bob", kind: "ack", minutes: 1 }, tab("bob"));
  clock.now += 60_000;
  await world.call("tasks/watch", { agentId: "bob", kind: "bug" }, tab("bob"));
  await news.promise;
  const { rows } = await inbox.unread("bob");
  expect(rows).toMatchObject([{ reason: "watch", line: expect.stringContaining("and nothing matched") }]);
  expect(await world.call("tasks/watch", { agentId: "bob" }, tab("bob"))).toMatchObject({
    watches: [{ filter: { kind: "bug" } }],
  });
  await inbox.stop();
  await world.close();
});
