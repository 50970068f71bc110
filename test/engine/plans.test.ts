import { afterEach, expect, test } from "bun:test";
import { call, gate, say } from "../support/claude/model.ts";
import { roles } from "../support/machine/run-world.ts";
import { endStarted, world } from "../support/engine/engine-world.ts";

/** An engine that leaves when nothing goes on before a person has approved a plan. */

afterEach(endStarted);

const options = { leavesPlans: true };

async function planned(lastWords: Promise<unknown>) {
  const here = await world(
    roles({
      "#1": async ({ stepSincePrompt }) => {
        if (stepSincePrompt === 0) return call("create", { goal: "one" });
        if (stepSincePrompt === 1) return call("complete", { result: "Planned." });
        await lastWords;
        return say("Done.");
      },
      "#2": [call("complete", { result: "First." })],
      "#1 synthesis": [call("complete", { result: "All." })],
    }),
  );
  const { runId: run_id, client } = here;
  await client.call("runs/modify", { run_id, options: { ...here.options, plan: "root" } });
  return here;
}

test("it hears the last words of who planned, so that their cost is known, and leaves nothing claimed", async () => {
  const here = await planned(Promise.resolve());
  const engine = await here.engine(options);
  expect(await engine.run()).toEqual({ how: "proposed" });
  const { run, nodes } = await here.client.call("runs/get", { run_id: here.runId });
  expect(run).toMatchObject({ standing: "proposed", engines: [], agents: 0 });
  expect(nodes).toMatchObject([{ status: "waiting" }, { status: "pending", proposal: "open", attempts: 0 }]);
});

test("it goes on when the plan is approved while it hears the last words", async () => {
  const { open, opened } = gate();
  const here = await planned(opened);
  const engine = await here.engine(options);
  // its hand-in is answered before it is settled, and only then does its plan wait
  const proposed = here.next(({ type }) => type === "run.proposed");
  const over = engine.run();
  await here.model.waitFor(({ node, stepSincePrompt }) => node === "#1" && stepSincePrompt === 2);
  await proposed;
  await here.client.call("runs/approve", { run_id: here.runId });
  open();
  expect(await over).toEqual({ how: "ended" });
  const { run } = await here.client.call("runs/get", { run_id: here.runId });
  expect(run).toMatchObject({ standing: "complete", done: 2 });
});

test("one that is not told to leave waits for the approval", async () => {
  const here = await planned(Promise.resolve());
  const engine = await here.engine();
  const over = engine.run();
  await here.next(({ type }) => type === "run.proposed");
  await here.client.call("runs/approve", { run_id: here.runId });
  expect(await over).toEqual({ how: "ended" });
});
