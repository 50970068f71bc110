import { expect, test } from "bun:test";
import type { Caller } from "../../src/core/tree.ts";
import { randomly, type Random } from "../support/random.ts";
import { checkInvariants } from "../support/operations/invariants.ts";
import { isOpen, Model, unmet, type ModelTask, type Verdict } from "../support/operations/model.ts";
import { human, openRig, textField } from "../support/operations/rig.ts";
import {
  act,
  addNode,
  any,
  claimant,
  claimed,
  drainAll,
  nameItems,
  nodeOf,
  resultFor,
  some,
  type Step,
  type Walk,
} from "../support/operations/walking.ts";

const walks = 20;
const treeWalks = 12;
const stepsPerWalk = 300;
const agents = ["a", "b"] as const;
const leaseSeconds = 20;
const engineLeaseMs = 30_000;

test(
  "the lifecycle, walked at random, goes as a model of it says, and is never stuck",
  randomly(async (random) => {
    for (let round = 0; round < walks; round += 1) await walk(random, [startRun, send], stepList);
  }),
);

test(
  "a tree of all shapes, walked at random, goes as the model says, and is never stuck",
  randomly(async (random) => {
    for (let round = 0; round < treeWalks; round += 1) await walk(random, [startRun], treeSteps);
  }),
);

async function walk(random: Random, begins: readonly Step[], steps: readonly Step[]): Promise<void> {
  const rig = openRig();
  const model = new Model();
  model.now = rig.monotonic();
  model.began = model.now;
  const it: Walk = { rig, model, random, trace: [] };
  try {
    for (let step = 0; step < stepsPerWalk; step += 1) {
      const open = model.tasks.filter(isOpen).length;
      await random.pick(open < begins.length + 1 ? begins : steps)(it);
      await checkInvariants(rig, model);
    }
    await drainAll(it);
  } catch (error) {
    throw new Error(`${String(error)}\nafter:\n${it.trace.slice(-25).join("\n")}`, { cause: error });
  } finally {
    await rig.close();
  }
}

const startRun: Step = async (it) => {
  const run = await it.rig.startRun({ jobs: 256, max_nodes: 10_000, max_depth: 40, max_children: 1000 });
  it.trace.push(`run ${run}`);
  const { id } = await it.rig.node(run, 1);
  it.model.add({ id, run, number: 1 });
};

const send: Step = async (it) => {
  const needs = some(it, 2);
  const dead = needs.some((need) => need.state === "failed" || need.state === "cancelled");
  const input = { name: "task", needs: needs.map(({ id }) => id) };
  const sent = await act(it, dead ? "conflict" : "done", "tasks/send", input);
  if (sent !== null) it.model.add({ id: textField(sent, "id"), run: null, number: 0, needs });
};

const claim: Step = async (it) => {
  const [task, agentId] = [any(it), it.random.pick(agents)];
  const verdict = it.model.claim(task, agentId, leaseSeconds * 1000);
  if (verdict === "done") it.model.noteClaim(agentId);
  await act(it, verdict, "tasks/claim", { id: task.id, agentId, leaseSeconds });
};

const say: Step = async (it) => {
  const task = claimed(it);
  const who = claimant(it, task);
  const verdict = it.model.say(task, who.agentId, who.epoch);
  await act(it, verdict, "tasks/say", { id: task.id, text: "going on", ...who });
};

const askAbout: Step = async (it) => {
  const task = claimed(it);
  const who = claimant(it, task);
  const verdict = it.model.askAbout(task, who.agentId, who.epoch);
  // no question is put twice: the same one would be no new one
  const question = `what of ${it.trace.length}?`;
  await act(it, verdict, "tasks/ask", { id: task.id, question, ...who });
};

/** Mostly of a task that waits. */
const answerAbout: Step = async (it) => {
  const waiting = it.model.tasks.filter(({ run, state }) => run === null && state === "waiting");
  const task = waiting.length > 0 && it.random.chance(0.8) ? it.random.pick(waiting) : any(it);
  const [name, input] = it.random.pick([
    ["tasks/answer", { answer: "this one" }],
    ["tasks/tell", { text: "this one" }],
  ] as const);
  const verdict = name === "tasks/tell" ? it.model.tell(task) : it.model.answerAbout(task);
  await act(it, verdict, name, { id: task.id, ...input });
};

const claimReady: Step = async (it) => {
  const run = any(it).run;
  if (run === null) return;
  const ready = it.model.tasks
    .filter((task) => task.run === run && task.state === "pending" && unmet(task) === 0 && !task.ask)
    .toSorted((one, other) => one.number - other.number)
    .slice(0, 3);
  for (const task of ready) it.model.claim(task, "engine", engineLeaseMs);
  const claimed = await act(it, "done", "nodes/claim", { run_id: run, engine: "engine", limit: 3 });
  expect(claimed).toMatchObject({
    nodes: ready.map(({ number, epoch }) => ({ node_id: `#${number}`, epoch })),
    limited: false,
  });
};

const complete: Step = async (it) => {
  const task = claimed(it);
  const who = claimant(it, task);
  const verdict = it.model.complete(task, who.agentId, who.epoch);
  await act(it, verdict, "tasks/complete", { id: task.id, result: resultFor(task), ...who });
};

const completeAsNode: Step = async (it) => {
  const task = claimed(it);
  if (task.run === null) return;
  const caller = await nodeOf(it, task, it.random.chance(0.8) ? task.epoch : task.epoch - 1);
  const epoch = caller.kind === "node" ? caller.epoch : undefined;
  await act(
    it,
    it.model.complete(task, undefined, epoch),
    "nodes/complete",
    { result: resultFor(task) },
    caller,
  );
};

const fail: Step = async (it) => {
  const task = claimed(it);
  const who = claimant(it, task);
  await act(it, it.model.fail(task, who.agentId, who.epoch), "tasks/fail", { id: task.id, ...who });
};

const failAttempt: Step = async (it) => {
  const task = claimed(it);
  if (task.run === null) return;
  const [epoch, final] = [it.random.chance(0.8) ? task.epoch : task.epoch - 1, it.random.chance(0.2)];
  const verdict = it.model.failAttempt(task, epoch, final);
  const input = { run_id: task.run, node_id: `#${task.number}`, epoch, reason: "it broke", final };
  await act(it, verdict, "nodes/fail", input);
};

/** An engine's account of an attempt, of this or an earlier epoch: what it says may become less, when an estimate was too high. */
const report: Step = async (it) => {
  const task = any(it);
  if (task.run === null || task.ask) return;
  const epoch = Math.max(0, task.epoch - it.random.int(2));
  const [usd, ended] = [it.random.int(100) / 10, it.random.chance(0.3)];
  const attempts = [{ node_id: `#${task.number}`, epoch, usd, ended }];
  await act(it, "done", "runs/report", { run_id: task.run, attempts });
};

const release: Step = async (it) => {
  const task = claimed(it);
  const who = claimant(it, task);
  await act(it, it.model.release(task, who.agentId, who.epoch), "tasks/release", { id: task.id, ...who });
};

const extend: Step = async (it) => {
  const task = claimed(it);
  const { agentId = "a", ...who } = claimant(it, task);
  const verdict = it.model.extend(task, agentId, who.epoch, leaseSeconds * 1000);
  await act(it, verdict, "tasks/extend", { id: task.id, agentId, leaseSeconds, ...who });
};

const cancel: Step = async (it) => {
  const task = any(it);
  // a root is spared mostly, or no tree would grow
  if (task.parent === null && task.run !== null && it.random.chance(0.9)) return;
  await act(it, it.model.cancel(task), "tasks/cancel", { id: task.id });
};

const steer =
  (name: "pause" | "resume" | "modify"): Step =>
  async (it) => {
    const task = any(it);
    if (task.run === null) return;
    const input = {
      run_id: task.run,
      node_id: `#${task.number}`,
      ...(name === "modify" ? { goal: "new" } : {}),
    };
    await act(it, it.model[name](task), `nodes/${name}`, input);
  };

const createAsNode: Step = async (it) => {
  const parent = claimed(it);
  if (parent.run === null || parent.state !== "claimed") return;
  await createUnder(it, parent, {}, await nodeOf(it, parent, parent.epoch));
};

const createAsHuman: Step = async (it) => {
  const parent = any(it);
  if (parent.run === null || parent.ask) return;
  await createUnder(it, parent, { run_id: parent.run, node_id: `#${parent.number}` }, human);
};

async function createUnder(it: Walk, parent: ModelTask, where: object, caller: Caller): Promise<void> {
  const inRun = some(it, 2).filter((task) => task.run === parent.run);
  const shape = shapeFor(it, parent);
  const needs = [...new Set([...inRun, ...it.model.before(parent), ...(shape.each ? [shape.each] : [])])];
  const verdict = mayCreateUnder(it, parent, needs, shape, caller);
  const input = {
    goal: "child",
    needs: inRun.map(({ number }) => `#${number}`),
    ...inputOf(shape),
    ...where,
  };
  const created = await act(it, verdict, "nodes/create", input, caller);
  if (created === null) return;
  // it is asked for what its parent is, whose result it may be
  const items = parent.race ? (shape.items ?? parent.items) : shape.items;
  await addNode(it, parent, textField(created, "created"), { needs, ...shape, items });
}

type Shape = Pick<ModelTask, "serial" | "race" | "each" | "items">;

/** None, mostly. */
function shapeFor({ random, model }: Walk, { run }: ModelTask): Shape {
  const items = random.chance(0.3) ? random.int(3) : null;
  const none: Shape = { serial: false, race: false, each: null, items };
  const lists = model.tasks.filter((task) => task.run === run && (task.items !== null || random.chance(0.1)));
  const each = lists.length > 0 ? random.pick(lists) : null;
  return random.pick<Shape>([
    none,
    none,
    { ...none, serial: true },
    { ...none, race: true },
    { ...none, each },
    { ...none, each, serial: true },
    { ...none, each, race: true },
  ]);
}

function inputOf({ serial, race, each, items }: Shape): object {
  return {
    ...(serial ? { type: "serial" } : {}),
    ...(race ? { resolve: "any" } : {}),
    ...(each ? { for_each: `#${each.number}` } : {}),
    ...(items === null ? {} : { returns: "list" }),
  };
}

function mayCreateUnder(
  { model }: Walk,
  parent: ModelTask,
  needs: ModelTask[],
  shape: Shape,
  caller: Caller,
): Verdict {
  if (caller.kind === "node" && !model.isHeld(parent)) return "stale_lease";
  if (!isOpen(parent)) return "conflict";
  const verdict = model.mayCreate(parent, needs, false);
  return verdict === "done" && model.isHopeless(shape, needs) ? "conflict" : verdict;
}

const ask: Step = async (it) => {
  const asker = claimed(it);
  if (asker.run === null || asker.state !== "claimed") return;
  const target = asker.parent && it.random.chance(0.6) ? "parent" : "human";
  const due = it.random.chance(0.4) ? it.model.now + 600_000 : null;
  const input = {
    question: `which of ${it.model.tasks.length}?`,
    target,
    ...(due === null ? {} : { default: "either" }),
  };
  const verdict = it.model.isHeld(asker) ? "done" : "stale_lease";
  const asked = await act(it, verdict, "nodes/ask", input, await nodeOf(it, asker, asker.epoch));
  if (asked === null) return;
  await addNode(it, asker, textField(asked, "created"), { ask: { target, due } });
  if (target === "parent") it.model.ask(asker);
};

const answer: Step = async (it) => {
  const asks = it.model.tasks.filter((task) => task.ask);
  if (asks.length === 0) return;
  const task = it.random.pick(asks);
  const input = { run_id: task.run, node_id: `#${task.number}`, answer: "this one" };
  await act(it, it.model.answer(task), "nodes/answer", input);
};

const passTime: Step = async (it) => {
  const milliseconds = it.random.pick([1, 1000, 10_000, 20_000, 700_000]);
  it.trace.push(`${milliseconds} ms pass`);
  it.rig.advance(milliseconds);
  it.model.now += milliseconds;
  if (it.random.chance(0.2)) setWallClock(it);
  if (it.random.chance(0.5)) return;
  it.trace.push("sweep");
  it.model.sweep();
  await it.rig.sweep();
  await nameItems(it);
};

/** Changes what is shown, and nothing else. */
function setWallClock(it: Walk): void {
  const milliseconds = it.random.pick([-3_600_000, 3_600_000]);
  it.trace.push(`the wall clock is set by ${milliseconds} ms`);
  it.rig.setWallClock(milliseconds);
}

/** Trees grow, and most of what is worked on is completed. */
const treeSteps: readonly Step[] = [
  ...Array.from({ length: 4 }, () => createAsNode),
  ...Array.from({ length: 4 }, () => createAsHuman),
  ...Array.from({ length: 5 }, () => claimReady),
  ...Array.from({ length: 8 }, () => completeAsNode),
  failAttempt,
  failAttempt,
  release,
  report,
  cancel,
  steer("pause"),
  steer("resume"),
  steer("resume"),
  ask,
  answer,
  answer,
  passTime,
];

const stepList: readonly Step[] = [
  send,
  claim,
  claim,
  claimReady,
  claimReady,
  complete,
  complete,
  completeAsNode,
  completeAsNode,
  fail,
  failAttempt,
  report,
  release,
  extend,
  cancel,
  steer("pause"),
  steer("resume"),
  steer("resume"),
  steer("modify"),
  createAsNode,
  createAsNode,
  createAsHuman,
  say,
  askAbout,
  answerAbout,
  ask,
  answer,
  passTime,
];
