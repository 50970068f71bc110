import { afterEach, expect, test } from "bun:test";
import type { Client } from "../../src/client/client.ts";
import { CordError } from "../../src/core/error.ts";
import { call, calls, say } from "../support/claude/model.ts";
import { roles } from "../support/machine/run-world.ts";
import { until } from "../support/until.ts";
import { endStarted, world, type World } from "../support/engine/engine-world.ts";

/** That what became of an attempt reaches the daemon, whatever is refused meanwhile, and holds up nobody else. */

afterEach(endStarted);

type Name = Parameters<Client["call"]>[0];

/** A client whose calls of one name are changed, or not made at all, by the test. */
function through({ client }: World, change: (name: Name, input: unknown) => unknown): Client {
  return {
    ...client,
    call: (name, input, signal) => {
      const changed = change(name, input);
      return client.call(name, { ...input, ...(typeof changed === "object" ? changed : {}) }, signal);
    },
  };
}

/** A report of #2 that the daemon refuses. */
const spoilt = (patch: object) =>
  "node_id" in patch && patch.node_id === "#2" ? { ...patch, input_tokens: 0.5 } : patch;

const nodesOf = async ({ client, runId }: World) => (await client.call("runs/get", { run_id: runId })).nodes;

test("a result that the daemon cannot take now is handed in again, by the same attempt", async () => {
  const here = await world(() => say("Worth keeping."));
  let refusals = 0;
  const client = through(here, (name) => {
    if (name !== "nodes/complete" || refusals++ > 1) return;
    throw new CordError("disk_full", "The disk is full.");
  });
  expect(await (await here.engine({ client })).run()).toEqual({ how: "ended" });
  expect(await nodesOf(here)).toMatchObject([{ status: "complete", attempts: 1, result: "Worth keeping." }]);
  expect(here.notices.join()).toContain("The disk is full.");
});

test("a report that is refused stops neither the others nor a settle", async () => {
  const used = { input_tokens: 20, output_tokens: 10 };
  const here = await world(
    roles({
      "#1": [
        calls(["One", "Two"].map((goal) => ["create", { goal }])),
        call("complete", { result: "Planned." }),
      ],
      "#2": [say("Without an account.", used)],
      "#3": [say("With one.", used)],
      "#1 synthesis": [say("Both.", used)],
    }),
  );
  const client = through(here, (name, input) =>
    name === "runs/report" && typeof input === "object" && input !== null && "attempts" in input
      ? { attempts: Array.isArray(input.attempts) ? input.attempts.map(spoilt) : [] }
      : undefined,
  );
  expect(await (await here.engine({ client })).run()).toEqual({ how: "ended" });
  const nodes = await nodesOf(here);
  expect(nodes.map(({ result }) => result)).toEqual(["Both.", "Without an account.", "With one."]);
  expect(nodes.map(({ attempts }) => attempts)).toEqual([2, 1, 1]);
  expect(nodes.map(({ output_tokens }) => output_tokens > 0)).toEqual([true, false, true]);
});

test("what a message has cost is told before the result in it is settled: the next launch is granted by what is left", async () => {
  const used = { input_tokens: 20_000, output_tokens: 1000 };
  const here = await world(roles({ "#1": [call("complete", { result: "Done." }, used)] }));
  const costs: number[] = [];
  let atSettle: number | undefined;
  const client = through(here, (name, input) => {
    if (name === "nodes/settle") atSettle ??= costs.at(-1) ?? 0;
    if (name !== "runs/report") return;
    costs.push(...[...JSON.stringify(input).matchAll(/"usd":([\d.]+)/g)].map(([, usd]) => Number(usd)));
  });
  expect(await (await here.engine({ client })).run()).toEqual({ how: "ended" });
  // the tokens that the message took in alone cost $0.10, with what it says $0.125; the next one may have begun by then
  expect(atSettle).toBeGreaterThan(0.1249);
});

test("a node that nobody can launch fails alone, with the reason, and the others go on", async () => {
  const here = await world(
    roles({
      "#1": [
        calls([
          ["create", { goal: "Cannot be launched" }],
          ["create", { goal: "Can be" }],
        ]),
        call("complete", { result: "Planned." }),
      ],
      "#3": [call("complete", { result: "A part." })],
      "#1 synthesis": [call("complete", { result: "What there is." })],
    }),
  );
  const client: Client = {
    ...here.client,
    async call(name, input, signal) {
      const answer = await here.client.call(name, input, signal);
      if (typeof answer === "object" && answer !== null && "nodes" in answer)
        for (const node of answer.nodes)
          if ("node_id" in node && node.node_id === "#2") Object.assign(node, { agent: "nobody" });
      return answer;
    },
  };
  expect(await (await here.engine({ client })).run()).toEqual({ how: "ended" });
  const [root, bad, good] = await nodesOf(here);
  expect(root).toMatchObject({ status: "complete", result: "What there is." });
  expect(bad).toMatchObject({ status: "failed", reason: expect.stringContaining('no agent "nobody"') });
  expect(good).toMatchObject({ status: "complete" });
});

test("an agent whose node was given back by somebody else is ended at once", async () => {
  const here = await world(() => ({ hang: true }));
  let claims = 0;
  const client = through(here, (name) => {
    if (name === "nodes/claim" && claims++ > 0) throw new CordError("busy", "Not by this engine.");
  });
  const engine = await here.engine({ client, renewEveryMs: 3_600_000 });
  const over = engine.run();
  await here.model.waitFor(() => true);
  const [node] = await nodesOf(here);
  await here.client.call("nodes/takeover", { run_id: here.runId, engine: node?.holder ?? "" });
  await until("the end of the agent", () => here.model.requests[0]?.endedAt !== null);
  await engine.interrupt();
  expect(await over).toEqual({ how: "interrupted" });
  expect(await nodesOf(here)).toMatchObject([{ status: "pending" }]);
});
