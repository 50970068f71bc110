import { expect } from "bun:test";
import { CordError } from "../../../src/core/error.ts";
import type { Caller } from "../../../src/core/tree.ts";
import type { OperationName } from "../../../src/operations/list.ts";
import type { Random } from "../random.ts";
import { checkInvariants } from "./invariants.ts";
import { isOpen, lineOf, unmet, type Model, type ModelTask, type Verdict } from "./model.ts";
import { human, type Rig } from "./rig.ts";

const agents = ["a", "b"] as const;

/** One step: what is done to the real thing, and what the model says of it. */
export type Step = (walk: Walk) => Promise<void>;

export interface Walk {
  rig: Rig;
  model: Model;
  random: Random;
  trace: string[];
}

/** Does it, and holds the outcome against the model's. */
export async function act(
  it: Walk,
  verdict: Verdict,
  name: OperationName,
  input: object,
  caller: Caller = human,
): Promise<unknown> {
  const { rig, trace } = it;
  const who = caller.kind === "node" ? `#${caller.number} epoch ${caller.epoch}` : caller.kind;
  trace.push(`${who} ${name} ${JSON.stringify(input)}: ${verdict}`);
  try {
    const answer = await rig.call(name, input, caller);
    expect(verdict).toBe("done");
    await nameItems(it);
    return answer;
  } catch (error) {
    if (!(error instanceof CordError)) throw error;
    expect(`${error.code}: ${error.message}`).toStartWith(`${verdict}:`);
    return null;
  }
}

/** The nodes that cord itself has added have their ids from it. */
export async function nameItems({ rig, model }: Walk): Promise<void> {
  for (const task of model.tasks)
    if (task.id === "") task.id = (await rig.node(task.run ?? "", task.number)).id;
}

/** What a task's agent hands in at its end. */
export function resultFor({ items }: ModelTask): unknown {
  return items === null ? "done" : Array.from({ length: items }, (_, index) => `item ${index}`);
}

/** Identity as a claimant may send it: right, wrong, old, or none. */
export function claimant({ random }: Walk, task: ModelTask): { agentId?: string; epoch?: number } {
  const agentId = random.chance(0.7) ? (task.holder ?? "a") : random.pick(agents);
  const epoch = random.chance(0.8) ? task.epoch : task.epoch - 1;
  return random.pick([{ agentId, epoch }, { agentId }, { epoch }, {}]);
}

/** From wherever the walk has led, everything can be brought to an end: nothing is stuck. */
export async function drainAll(it: Walk): Promise<void> {
  const { model } = it;
  for (const task of model.tasks) if (task.state === "paused") await resumeOne(it, task);
  for (let rounds = 0; model.tasks.some(isOpen); rounds += 1) {
    expect(rounds).toBeLessThan(1000);
    it.rig.advance(700_000);
    model.now += 700_000;
    model.sweep();
    await it.rig.sweep();
    await nameItems(it);
    for (const task of model.tasks.filter(({ run, state }) => run === null && state === "waiting"))
      await act(it, model.answerAbout(task), "tasks/answer", { id: task.id, answer: "this one" });
    const next = model.tasks.filter((task) => task.state === "pending" && unmet(task) === 0);
    expect(next.length).toBeGreaterThan(0);
    for (const task of next) await finish(it, task);
    await checkInvariants(it.rig, model);
  }
}

function resumeOne(it: Walk, task: ModelTask): Promise<unknown> {
  const { run, number } = task;
  if (run === null) throw new Error("a board task was paused");
  return act(it, it.model.resume(task), "nodes/resume", { run_id: run, node_id: `#${number}` });
}

async function finish(it: Walk, task: ModelTask): Promise<void> {
  if (task.ask) {
    const input = { run_id: task.run, node_id: `#${task.number}`, answer: "this one" };
    await act(it, it.model.answer(task), "nodes/answer", input);
    return;
  }
  if (task.state !== "pending" || unmet(task) > 0) return;
  const verdict = it.model.claim(task, "a", 60_000);
  if (verdict === "done") it.model.noteClaim("a");
  await act(it, verdict, "tasks/claim", { id: task.id, agentId: "a", leaseSeconds: 60 });
  await act(it, it.model.complete(task, "a", task.epoch), "tasks/complete", {
    id: task.id,
    agentId: "a",
    epoch: task.epoch,
    result: resultFor(task),
  });
}

export async function addNode(
  it: Walk,
  parent: ModelTask,
  name: string,
  more: Partial<ModelTask>,
): Promise<void> {
  const { run } = parent;
  if (run === null) throw new Error("a board task has no children");
  const number = Number(name.slice(1));
  const { id } = await it.rig.node(run, number);
  it.model.add({ id, run, number, parent, ...more });
  await nameItems(it);
}

export async function nodeOf({ rig }: Walk, task: ModelTask, epoch: number): Promise<Caller> {
  const path = lineOf(task)
    .map(({ number }) => number)
    .toReversed()
    .join(".");
  expect((await rig.node(task.run ?? "", task.number)).path).toBe(path);
  return { kind: "node", runId: task.run ?? "", taskId: task.id, number: task.number, path, epoch };
}

/** An open task mostly; now and then one that has ended, to see it refuse. */
export function any({ model, random }: Walk): ModelTask {
  const open = model.tasks.filter(isOpen);
  return random.pick(open.length > 0 && random.chance(0.85) ? open : model.tasks);
}

export function claimed(it: Walk): ModelTask {
  const held = it.model.tasks.filter(({ state }) => state === "claimed");
  return held.length > 0 && it.random.chance(0.9) ? it.random.pick(held) : any(it);
}

export function some(it: Walk, max: number): ModelTask[] {
  const picked = new Set<ModelTask>();
  for (let count = it.random.int(max + 1); count > 0; count -= 1)
    if (it.model.tasks.length > 0) picked.add(any(it));
  return [...picked];
}
