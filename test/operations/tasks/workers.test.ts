import { expect, test } from "bun:test";
import { rankOf } from "../../../src/core/rank.ts";
import { Task } from "../../../src/core/task.ts";
import { finalStates } from "../../../src/core/words.ts";
import { openRig, human, textField, type Rig } from "../../support/operations/rig.ts";
import { randomly, type Random } from "../../support/random.ts";

const priorities = ["urgent", "high", "normal", "someday", "low"];
const leaseMs = 300_000;

interface Sent {
  id: string;
  priority: string;
  needs: string[];
}

/** Tasks that need some of those before them. */
async function sendMany(rig: Rig, random: Random, count: number): Promise<Sent[]> {
  const sent: Sent[] = [];
  for (let index = 0; index < count; index += 1) {
    const priority = random.pick(priorities);
    const wanted = random.chance(0.6)
      ? Array.from({ length: 1 + random.int(3) }, () => random.int(index + 1))
      : [];
    const needs = [...new Set(wanted)].flatMap((at) => sent[at]?.id ?? []);
    const task = await rig.call("tasks/send", { name: `task ${index}`, priority, needs });
    sent.push({ id: textField(task, "id"), priority, needs });
  }
  return sent;
}

async function waitForWork(rig: Rig, signal: AbortSignal): Promise<Task | undefined> {
  const filter = { state: "pending", limit: 1, wait_ms: 60_000 };
  const [task] = Task.array().parse(await rig.call("tasks/list", filter, human, signal));
  return task;
}

test(
  "one worker is given a thousand tasks in turn: what is ready, the best priority first, then the oldest",
  randomly(async (random) => {
    const rig = openRig();
    const sent = await sendMany(rig, random, 1000);
    const done = new Set<string>();
    const ready = () =>
      sent
        .filter(({ id, needs }) => !done.has(id) && needs.every((need) => done.has(need)))
        .toSorted((left, right) => rankOf(left.priority) - rankOf(right.priority));
    while (done.size < sent.length) {
      const task = await waitForWork(rig, new AbortController().signal);
      const id = task?.id ?? "";
      expect([task?.ready, id]).toEqual([true, ready()[0]?.id ?? "none"]);
      await rig.call("tasks/claim", { id, agentId: "worker" });
      await rig.call("tasks/complete", { id, agentId: "worker" });
      done.add(id);
    }
    await rig.close();
  }),
);

test(
  "many workers that wait, claim and die do every task once, over random needs and cancels, and none is refused for a need",
  randomly(async (random) => {
    const rig = openRig();
    const sent = await sendMany(rig, random, 400);
    const over = new AbortController();
    const refusals: string[] = [];
    const workers = Array.from({ length: 12 }, (_, at) => work(rig, random, `worker-${at}`, over, refusals));
    for (let late = 0; late < 40; late += 1) {
      const id = random.pick(sent).id;
      await rig.call("tasks/cancel", { id }).catch(() => null);
      sent.push(...(await sendMany(rig, random, 2)));
    }
    await Promise.race([rigIsDone(rig, over), Promise.all(workers)]);
    await Promise.all(workers);

    const states = (await rig.rows()).map(({ state }) => state);
    expect(states.filter((state) => !finalStates.includes(state))).toEqual([]);
    expect(
      refusals.filter((message) => !/claimed by worker-\d+ until|it was (completed|cancelled)/.test(message)),
    ).toEqual([]);
    const completions = rig.events
      .filter(({ type }) => type === "task.completed")
      .map(({ task_id }) => task_id);
    expect(completions.length).toBe(new Set(completions).size);
    expect(completions.length).toBe(states.filter((state) => state === "completed").length);
    await expectNeedsFirst(rig);
    await rig.close();
  }),
);

/** Waits, claims and completes until all is over. Now and then it gives back what it has, or dies: then its lease ends. */
async function work(
  rig: Rig,
  random: Random,
  agentId: string,
  over: AbortController,
  refusals: string[],
): Promise<void> {
  while (!over.signal.aborted) {
    const task = await waitForWork(rig, over.signal);
    if (!task) continue;
    const { id } = task;
    try {
      await rig.call("tasks/claim", { id, agentId, leaseSeconds: leaseMs / 1000 });
    } catch (error) {
      refusals.push(String(error));
      continue;
    }
    const fate = random.int(10);
    if (fate === 0) {
      rig.advance(leaseMs);
      await rig.sweep();
    } else if (fate === 1) await rig.call("tasks/release", { id, agentId }).catch(() => null);
    else await rig.call("tasks/complete", { id, agentId }).catch(() => null);
  }
}

/** Ends the workers when nothing is open any more. */
function rigIsDone(rig: Rig, over: AbortController): Promise<void> {
  return new Promise((resolve) => {
    const look = async () => {
      const open = await rig.store.read((tx) =>
        tx.get("SELECT 1 FROM tasks WHERE state NOT IN ('completed', 'failed', 'cancelled') LIMIT 1"),
      );
      if (open !== null || over.signal.aborted) return;
      over.abort();
      untap();
      resolve();
    };
    const untap = rig.services.bus.tap(() => void look());
    void look();
  });
}

/** No task was claimed before the last of its needs was completed. */
async function expectNeedsFirst(rig: Rig): Promise<void> {
  const completed = new Map<string | null, number>();
  const needs = new Map((await rig.rows()).map((row) => [row.id, row.needs]));
  for (const { type, task_id, seq } of rig.events) {
    if (type === "task.completed") completed.set(task_id, seq);
    if (type !== "task.claimed") continue;
    const needed: string[] = JSON.parse(needs.get(task_id ?? "") ?? "[]");
    expect(needed.filter((id) => !completed.has(id))).toEqual([]);
  }
}
