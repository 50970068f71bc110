import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Event } from "../../../src/core/event.ts";
import { Task } from "../../../src/core/task.ts";
import { streams } from "../../../src/operations/list.ts";
import type { Following } from "../../../src/operations/following.ts";
import { randomly } from "../../support/random.ts";
import { human, openRig, type Rig } from "../../support/operations/rig.ts";
import { until } from "../../support/until.ts";

let rig: Rig;

beforeEach(() => {
  rig = openRig();
});
afterEach(() => rig.close());

const wait = async (filter: object, signal?: AbortSignal): Promise<Task[]> =>
  Task.array().parse(await rig.call("tasks/list", { wait_ms: 60_000, ...filter }, human, signal));
const send = async (input: object): Promise<Task> =>
  Task.parse(await rig.call("tasks/send", { name: "task", ...input }));

describe("a wait", () => {
  test(
    "misses nothing, wherever a send falls between its look and its subscription",
    randomly(async (random) => {
      for (let round = 0; round < 10_000; round += 1) {
        const kind = `kind-${round}`;
        const turns = [random.int(6), random.int(6)];
        const [found, sent] = await Promise.all([
          after(turns[0] ?? 0).then(() => wait({ kind })),
          after(turns[1] ?? 0).then(() => send({ kind })),
        ]);
        expect(found).toEqual([sent]);
      }
    }),
  );

  test("finds at once what is there already", async () => {
    const sent = await send({ kind: "bug" });
    expect(await wait({ kind: "bug" })).toEqual([sent]);
  });

  test("is not woken by what does not match, and leaves no watcher behind", async () => {
    const waiting = wait({ kind: "bug", name_contains: "build" });
    await send({ kind: "bug", name: "the tests" });
    await send({ kind: "task", name: "the build" });
    expect(rig.services.bus.watchers()).toBe(2);
    const wanted = await send({ kind: "bug", name: "the build" });
    expect(await waiting).toEqual([wanted]);
    expect(rig.services.bus.watchers()).toBe(1);
  });

  test("of an agent's own is its news: no wake is due for what it gives, which counts as told, and for nothing else", async () => {
    const { bus, inbox, presence } = rig.services;
    // a tab is looked at for a wake at its news, and not woken while it is held
    const heldAtNews: boolean[] = [];
    inbox.onNew("alice", () => heldAtNews.push(presence.isHeld("alice")));
    const before = bus.watchers();
    const waiting = wait({ kind: "message", to: "alice", name_contains: "API", agentId: "alice" });
    await until("the wait", () => bus.watchers() > before);
    await send({ kind: "message", to: "alice", name: "other" });
    await inbox.settled();
    expect(heldAtNews).toEqual([false]);
    const wanted = await send({ kind: "message", to: "alice", name: "the API" });
    expect(await waiting).toEqual([wanted]);
    expect(heldAtNews).toEqual([false, true]);
    expect(presence.isHeld("alice")).toBe(false);
    expect(await inbox.tell("alice", "note")).toContain("1 message");
    // what was there already, too
    const next = await send({ kind: "message", to: "alice", name: "more of the API" });
    expect(await wait({ kind: "message", name_contains: "more", agentId: "alice" })).toEqual([next]);
    expect(await inbox.tell("alice", "note")).toBeNull();
  });

  test("of an agent's own holds up no wake once what came is not there any more", async () => {
    const { bus, presence } = rig.services;
    const before = bus.watchers();
    const gone = new AbortController();
    // what comes has gone by the time that the wait looks at it
    rig.services.taskOf = async () => null;
    const waiting = wait({ kind: "bug", agentId: "alice" }, gone.signal);
    await until("the wait", () => bus.watchers() > before);
    const freed = new Promise<string>((resolve) => presence.onFree(resolve));
    await send({ kind: "bug" });
    expect(await freed).toBe("alice");
    expect(presence.isHeld("alice")).toBe(false);
    gone.abort();
    expect(await waiting).toEqual([]);
  });

  test("ends with nothing when its time is over, or when the caller goes", async () => {
    expect(await wait({ kind: "bug", wait_ms: 1 })).toEqual([]);
    const gone = new AbortController();
    const waiting = wait({ kind: "bug" }, gone.signal);
    gone.abort();
    expect(await waiting).toEqual([]);
    expect(await wait({ kind: "bug" }, AbortSignal.abort())).toEqual([]);
    expect(rig.services.bus.watchers()).toBe(1);
  });

  test("from a cursor is not woken by what an attempt does, for the task has not changed", async () => {
    const run = await rig.startRun();
    await rig.call("nodes/claim", { run_id: run, engine: "e", limit: 1 });
    const { seq } = await rig.node(run, 1);
    const waiting = wait({ run_id: run, since: rig.events.at(-1)?.seq ?? seq });
    const attempts = [{ node_id: "#1", epoch: 1, activity: "thinking" }];
    await rig.call("runs/report", { run_id: run, attempts });
    await after(20);
    await rig.call("nodes/pause", { run_id: run, node_id: "#1" });
    expect(await waiting).toMatchObject([{ state: "paused" }]);
  });

  test("a thousand of them are woken by one event", async () => {
    const waiting = Array.from({ length: 1000 }, () => wait({ kind: "bug" }));
    const sent = await send({ kind: "bug" });
    for (const found of await Promise.all(waiting)) expect(found).toEqual([sent]);
  });
});

describe("a stream of events", () => {
  test(
    "gives each event once and in order, however it lies between the stored and the live ones",
    randomly(async (random) => {
      for (let round = 0; round < 50; round += 1) {
        const before = random.int(30);
        for (let count = 0; count < before; count += 1) await send({});
        const since = rig.events.at(-before - 1)?.seq ?? 0;
        const stream = streams["events/follow"].open(rig.services, human, { since });
        const during = 1 + random.int(30);
        const read = readSome(stream, before + during);
        for (let count = 0; count < during; count += 1) {
          await after(random.int(3));
          await send({});
        }
        expect(await read).toEqual(rig.events.filter(({ seq }) => seq > since));
        stream.close();
      }
    }),
  );

  test("goes on from a cursor over more than one page", async () => {
    await Promise.all(Array.from({ length: 1203 }, () => send({})));
    const stream = streams["events/follow"].open(rig.services, human, { since: 1 });
    const events = await readSome(stream, 1202);
    stream.close();
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 1202 }, (_, index) => index + 2));
  });

  test("is forgotten when its reader goes, between two events as well as while it waits", async () => {
    await send({});
    const opened = [{}, { since: 0 }].map((filter) =>
      streams["events/follow"].open(rig.services, human, filter),
    );
    const [waiting, between] = opened.map((stream) => stream.next());
    expect(await between).toHaveLength(1);
    expect(rig.services.bus.watchers()).toBe(3);
    for (const stream of opened) stream.close();
    expect(rig.services.bus.watchers()).toBe(1);
    expect(await waiting).toBeNull();
    for (const stream of opened) expect(await stream.next()).toBeNull();
  });

  test("ends when its reader falls behind, and goes on from its cursor", async () => {
    await send({});
    const slow = streams["events/follow"].open(rig.services, human, { since: 0 });
    const read = await readSome(slow, 1);
    for (let round = 0; round < 101; round += 1)
      await Promise.all(Array.from({ length: 100 }, () => send({})));
    expect(rig.services.bus.watchers()).toBe(1);
    expect(await slow.next()).toBeNull();
    const again = streams["events/follow"].open(rig.services, human, { since: read.at(-1)?.seq ?? 0 });
    expect([...read, ...(await readSome(again, 10_100))]).toEqual(rig.events);
    again.close();
  });
});

/** Lets this many turns of the event loop's microtasks or macrotasks pass. */
async function after(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    if (turn % 2 === 0) await Promise.resolve();
    else await new Promise((resolve) => setImmediate(resolve));
  }
}

async function readSome(stream: Following<Event>, count: number): Promise<Event[]> {
  const events: Event[] = [];
  while (events.length < count) {
    const next = await stream.next();
    if (next === null) break;
    events.push(...next);
  }
  return events;
}
