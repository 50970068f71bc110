import { afterEach, expect, test } from "bun:test";
import { followEvents } from "../../src/client/events.ts";
import { CordError } from "../../src/core/error.ts";
import type { Event } from "../../src/core/event.ts";
import { targets, type Action } from "../../src/core/lifecycle.ts";
import type { Node } from "../../src/core/node.ts";
import { finalStatuses, nodeName, type State } from "../../src/core/words.ts";
import type { Ending } from "../../src/engine/engine-options.ts";
import { endStarted, world, type World } from "../support/engine/engine-world.ts";
import { randomly, type Random } from "../support/random.ts";

/** What people do to a run at any moment, at random, while the rehearsal's agents work on it. */

afterEach(endStarted);

const runs = 4;
const acts = 60;

const plan = `# Survey

- Providers
  1. Collect
  2. Compare
  3. Decide {rehearse="question"}
- Markets
  - Europe
  - Asia {rehearse="failure"}
  - Americas
- Prices {check="true"}
- Report
  - Text
  - Tables {rehearse="limit 1s"}
`;

/** Each act, with a node that it is done to. */
const deeds: readonly ((it: World, node: Target, random: Random) => Promise<unknown>)[] = [
  ({ client }, node) => client.call("nodes/pause", node),
  ({ client }, node) => client.call("nodes/pause", node),
  ({ client }, node) => client.call("nodes/resume", node),
  ({ client }, node) => client.call("nodes/resume", node),
  ({ client }, { run_id }) => client.call("nodes/resume", { run_id, node_id: "#1" }),
  ({ client }, node) => client.call("nodes/modify", { ...node, goal: "Another goal" }),
  ({ client }, node) => client.call("nodes/tell", { ...node, text: "Go on." }),
  ({ client }, node) => client.call("nodes/answer", { ...node, answer: "yes", other: true }),
  ({ client }, node) => client.call("nodes/retry", node),
  ({ client }, { run_id }) => client.call("runs/go-on", { run_id }),
  ({ client }, { run_id }) => client.call("runs/approve", { run_id }),
  ({ client }, { run_id }) => client.call("runs/reject", { run_id, text: "Plan again." }),
  // a run that is stopped is over: its root is spared
  async ({ client }, node, random) =>
    node.node_id === "#1" || random.chance(0.5) ? null : client.call("nodes/stop", node),
];

interface Target {
  run_id: string;
  node_id: string;
}

test(
  "leaves it never stuck, in no state that its acts do not lead to, with one result for each node and no process",
  randomly(async (random) => {
    const here = await world();
    here.env["CORD_REHEARSAL_MS"] = "20";
    for (let round = 0; round < runs; round += 1) {
      const plans = random.pick([null, "root", "all"] as const);
      const options = { ...here.options, agent: "rehearsal", max_nodes: 200, jobs: 3, plan: plans };
      const { run_id } = await here.client.call("runs/create", { goal: "Survey", prompt: plan, options });
      const work = async () => {
        const snapshot = await here.client.call("runs/get", { run_id });
        const engine = await here.engine({ runId: run_id, snapshot, options });
        return engine.run();
      };
      let worker = workerOf(work());
      for (let act = 0; act < acts; act += 1) await actAtRandom(here, run_id, worker, random);
      // an act that came as its engine was at its end, or later, has opened the run again: somebody goes on with it
      while (!(await isOver(here, run_id, worker))) {
        expect(await worker.ended).toEqual({ how: "ended" });
        worker = workerOf(work());
      }
      expect(await worker.ended).toEqual({ how: "ended" });
      const { run, nodes, seq } = await here.client.call("runs/get", { run_id });
      goesByTheLifecycle(await eventsOf(here, run_id, seq));
      expect(nodes.every(({ status }) => finalStatuses.includes(status))).toBe(true);
      expect(run.agents).toBe(0);
    }
    expect(here.processes().filter(({ attempt }) => attempt !== "")).toEqual([]);
  }),
);

/** An engine at work. */
interface Worker {
  ended: Promise<Ending>;
  /** It does nothing more, and hears of nothing more. */
  isGone: boolean;
}

function workerOf(ended: Promise<Ending>): Worker {
  const worker: Worker = { isGone: false, ended: ended.finally(() => (worker.isGone = true)) };
  return worker;
}

async function actAtRandom(here: World, run_id: string, { ended }: Worker, random: Random): Promise<void> {
  const next = here.next(() => true);
  const { run, nodes } = await here.client.call("runs/get", { run_id });
  // now and then the run gets on a little meanwhile
  if (run.agents > 0 && random.chance(0.4)) await Promise.race([next, ended]);
  const node = random.pick(nodes);
  await random
    .pick(deeds)(here, { run_id, node_id: nodeName(node.number) }, random)
    .catch(refused);
}

/** What a state does not allow is refused in words; nothing else goes wrong. */
function refused(error: unknown): void {
  if (!(error instanceof CordError) || !["conflict", "invalid", "not_found"].includes(error.code))
    throw error;
}

/**
 * Sets going again what only a person can, until the run is over: true. False: its engine is gone before that. That
 * nobody works on it, as a run that was just begun says too, does not tell so.
 */
async function isOver(here: World, run_id: string, worker: Worker): Promise<boolean> {
  for (;;) {
    const next = here.next(() => true);
    const { isGone } = worker;
    const { run, nodes } = await here.client.call("runs/get", { run_id });
    if (run.ended_at !== null) return true;
    if (isGone) return false;
    const waits = nodes.filter(needsSomebody);
    if (run.parked !== null) await here.client.call("runs/go-on", { run_id });
    if (run.standing === "proposed") await here.client.call("runs/approve", { run_id }).catch(refused);
    for (const node of waits) await setGoing(here, { run_id, node_id: nodeName(node.number) }, node);
    // an engine that goes tells of no event any more
    if (waits.length === 0) await Promise.race([next, worker.ended]);
  }
}

function needsSomebody({ status, type }: Node): boolean {
  return status === "paused" || (type === "ASK" && !finalStatuses.includes(status));
}

async function setGoing({ client }: World, target: Target, { status }: Node): Promise<void> {
  if (status === "paused") await client.call("nodes/resume", target).catch(refused);
  else await client.call("nodes/answer", { ...target, answer: "yes", other: true }).catch(refused);
}

/** All of a run's up to this one, from the daemon: of what is done while nobody works on the run no engine hears. */
async function eventsOf({ client }: World, run_id: string, last: number): Promise<Event[]> {
  const events: Event[] = [];
  const quit = new AbortController();
  for await (const event of followEvents(client, {}, 0, quit.signal)) {
    if (event.run_id === run_id) events.push(event);
    if (event.seq >= last) quit.abort();
  }
  return events;
}

/** What each event that moves a task says was done to it. */
const actionOf: Partial<Record<Event["type"], readonly Action[]>> = {
  "task.claimed": ["claim"],
  "task.released": ["release"],
  "task.expired": ["expire"],
  "task.completed": ["complete", "answer"],
  "task.waiting": ["complete"],
  "task.ready": ["complete", "childrenDone", "asked"],
  "task.paused": ["pause"],
  "task.resumed": ["resume"],
  "task.failed": ["fail"],
  "task.cancelled": ["cancel"],
};

function goesByTheLifecycle(events: readonly Event[]): void {
  const states = new Map<string, State>();
  for (const { task_id, state, type, seq } of events) {
    if (task_id === null || state === null) continue;
    const before = states.get(task_id);
    const actions = actionOf[type];
    // a need that is met, and children that were opened again, move nothing or go back by a retry
    const isMoved = before !== undefined && before !== state;
    if (isMoved && actions !== undefined && !isReopened(type, before))
      expect({
        seq,
        type,
        before,
        state,
        isLegal: actions.some((action) => targets(before, action)?.includes(state)),
      }).toEqual({
        seq,
        type,
        before,
        state,
        isLegal: true,
      });
    if (type === "task.completed") expect([seq, before === "completed"]).toEqual([seq, false]);
    states.set(task_id, state);
  }
}

/** A retry has what stands above wait for it again. */
function isReopened(type: Event["type"], before: State): boolean {
  return type === "task.waiting" && (before === "completed" || before === "pending");
}
