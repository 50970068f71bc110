import { expect, test } from "bun:test";
import { actorOf, concernsOf } from "../../../src/core/concerns.ts";
import type { Event } from "../../../src/core/event.ts";
import { randomly, type Random } from "../../support/random.ts";
import { Inboxes } from "../../../src/server/inbox/inboxes.ts";
import { openSqlite } from "../../../src/store/database/sqlite.ts";
import type { Store } from "../../../src/store/store.ts";
import { openRig, textField, type Rig } from "../../support/operations/rig.ts";

/** Inboxes whose keeper dies again and again while agents do what they like: they hold what the events say, each thing once. */

const agents = ["alice", "bob", "carol"];

/** A keeper that can die: nothing that it has begun to write comes about after that, and it hears of nothing. */
function mortal(store: Store): { store: Store; die(): void } {
  let isAlive = true;
  const never = new Promise<never>(() => {});
  return {
    die: () => void (isAlive = false),
    store: {
      ...store,
      read: (job) => (isAlive ? store.read(job) : never),
      write: (job) =>
        isAlive ? store.write((tx) => (isAlive ? job(tx) : Promise.reject(new Error("it is dead")))) : never,
      onCommit: (listener) => store.onCommit((events) => void (isAlive && listener(events))),
    },
  };
}

/** One thing that an agent does, which may be refused. */
async function act(rig: Rig, random: Random, tasks: string[]): Promise<void> {
  const agentId = random.pick(agents);
  const caller = { kind: "tab" as const, agent: agentId };
  const id = tasks.length === 0 ? "none" : random.pick(tasks);
  const to = random.pick([...agents, ""]);
  const steps: (() => Promise<unknown>)[] = [
    async () => {
      const sent = await rig.call("tasks/send", { name: "work", ...(to === "" ? {} : { to }) }, caller);
      tasks.push(textField(sent, "id"));
    },
    () => rig.call("messages/send", { to: to || "bob", text: "hello", agentId }, caller),
    () => rig.call("tasks/claim", { id, agentId }, caller),
    () => rig.call("tasks/release", { id, agentId }, caller),
    () => rig.call("tasks/ask", { id, agentId, question: "Which?" }, caller),
    () => rig.call("tasks/answer", { id, answer: "that" }, caller),
    () => rig.call("tasks/tell", { id, text: "hurry" }, caller),
    () => rig.call("tasks/cancel", { id }, caller),
    () => rig.call("messages/list", { agentId }, caller),
  ];
  await random
    .pick(steps)()
    .catch(() => {});
}

/** What the events of all that was done say to whom: who sent a task, and who asked about it, is known by earlier ones. */
function said(events: readonly Event[]): string[] {
  return events.flatMap((event) => {
    const earlier = events.filter(({ task_id, seq }) => task_id === event.task_id && seq < event.seq);
    return concernsOf(event).flatMap(({ whom, reason }) => {
      const who =
        "agent" in whom
          ? whom.agent
          : "earlier" in whom
            ? whom.earlier === "sender"
              ? earlier.find(({ type }) => type === "task.created")
              : earlier.findLast(({ type }) => type === "task.asked")
            : undefined;
      const agent = typeof who === "object" ? actorOf(who) : who;
      return agent === undefined || agent === actorOf(event) ? [] : [`${agent} ${event.seq} ${reason}`];
    });
  });
}

test(
  "inboxes hold what the events say, each thing once, whenever their keeper died",
  randomly(async (random) => {
    const store = openSqlite(":memory:");
    const rig = openRig(store, false);
    const tasks: string[] = [];
    const keep = () => {
      const life = mortal(store);
      const inbox = new Inboxes({ store: life.store, clock: rig.now, complain: () => {} });
      rig.services.inbox = inbox;
      return { ...life, inbox };
    };
    let keeper = keep();
    await keeper.inbox.settled();
    for (let round = 0; round < 40; round += 1) {
      const acts = Array.from({ length: 1 + random.int(20) }, () => act(rig, random, tasks));
      await Promise.race([Promise.all(acts), acts[random.int(acts.length)]]);
      // anywhere between two of its writes
      for (let turns = random.int(5); turns > 0; turns -= 1) await new Promise((next) => setImmediate(next));
      if (random.int(3) === 0) await keeper.inbox.stop();
      else keeper.die();
      // whoever reads waits for a keeper that is there
      keeper = keep();
      rig.advance(1000);
      await keeper.inbox.settled();
    }
    const rows = await store.read((tx) =>
      tx.all<{ agent: string; seq: number; reason: string }>(
        "SELECT agent, seq, reason FROM inbox ORDER BY id",
      ),
    );
    const held = rows.map(({ agent, seq, reason }) => `${agent} ${seq} ${reason}`);
    expect(held.toSorted()).toEqual(said(rig.events).toSorted());
    expect(held.length).toBeGreaterThan(20);
    await keeper.inbox.stop();
  }),
);
