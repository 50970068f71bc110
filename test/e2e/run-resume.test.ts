import { expect, test } from "bun:test";
import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { start } from "../support/machine/command.ts";
import { call, say, type Script } from "../support/claude/model.ts";
import { openPane } from "../support/terminal/pane.ts";
import { runWorld, turnsOf, type World } from "../support/machine/run-world.ts";

/** Which run is gone on with, and where. */

/** A run of one node, which hangs until it is let go on. */
function hanging(): { script: Script; goOn(): void } {
  let hangs = true;
  return {
    script: ({ stepSincePrompt, lastResults }) => {
      if (stepSincePrompt === 0 && lastResults.length === 0 && hangs) return { hang: true };
      const done = lastResults.some(({ text }) => text.includes("completed"));
      return done ? say("Done.") : call("complete", { result: "Done." });
    },
    goOn: () => (hangs = false),
  };
}

/** Starts a run, and interrupts it once its agent is at work. Resolves to its id as a person types it. */
async function interrupted(world: World, goal: string): Promise<string> {
  const run = world.start("run", goal);
  await world.model.waitFor(({ prompt }) => prompt.includes(goal));
  run.signal("SIGINT");
  const { err } = await run.ended;
  return /cord run --resume (\S+)/.exec(err)?.[1] ?? "";
}

test("--resume takes the newest run that nobody works on, and joins one at work only by name", async () => {
  const { script, goOn } = hanging();
  await using world = await runWorld(script);
  const [older, newer] = [await interrupted(world, "Older one"), await interrupted(world, "Newer one")];
  const atWork = world.start("run", "At work");
  await world.model.waitFor(({ prompt }) => prompt.includes("At work"));
  const id = (await world.client.call("runs/get", {})).run.id.slice(0, 13);

  for (const [run, goal] of [
    [newer, "Newer one"],
    [older, "Older one"],
  ] as const) {
    const resumed = world.start("run", "--resume");
    await resumed.says(`Run ${run} (${goal}) goes on.`);
    goOn();
    expect((await resumed.ended).code).toBe(0);
  }
  const refused = await world.cord("run", "--resume");
  expect(refused).toMatchObject({
    code: 1,
    err: `cord run: Run ${id} (At work) is being worked on, and no other run of this project is open. "cord run --resume ${id}" joins it.\n`,
  });
  const joined = world.start("run", "--resume", id);
  await joined.says(`Joined run ${id} (At work): another engine works on it, too.`);
  for (const run of [joined, atWork]) run.signal("SIGINT");
  await Promise.all([joined.ended, atWork.ended]);
});

test("a run whose folder has moved is found by its id, and its agents go on in their sessions where it is called then", async () => {
  let hangs = true;
  await using world = await runWorld(({ step, lastResults }) => {
    if (step === 0) return call("Bash", { command: "echo begun" });
    if (hangs) return { hang: true };
    const done = lastResults.some(({ text }) => text.includes("completed"));
    return done ? say("Done.") : call("complete", { result: "Done." });
  });
  const project = join(world.cwd, "be fore_é");
  mkdirSync(project);
  const run = start([world.binary, "run", "Move house"], { cwd: project, env: world.env });
  await world.model.waitFor(({ step }) => step === 1);
  run.signal("SIGINT");
  const id = /cord run --resume (\S+)/.exec((await run.ended).err)?.[1] ?? "";
  const moved = { cwd: join(world.cwd, "after"), env: world.env };
  renameSync(project, moved.cwd);
  hangs = false;
  const home = { cwd: world.env["HOME"] ?? "", env: world.env };
  expect(await start([world.binary, "run", "--resume", id], home).ended).toMatchObject({
    code: 1,
    err: `cord run: The folder of run ${id}, ${project}, is gone. Call this in the folder where its project is now.\n`,
  });
  const { code, out, err } = await start([world.binary, "run", "--resume", id], moved).ended;
  expect({ code, out }).toEqual({ code: 0, out: "Done.\n" });
  expect(err).toContain(
    `The folder of run ${id}, ${project}, is gone; its agents work in ${moved.cwd} from now on.`,
  );
  const turns = turnsOf(world.model, "#1");
  expect(new Set(turns.map(({ session }) => session)).size).toBe(1);
  expect(turns.filter(({ step }) => step === 0)).toHaveLength(1);
  // the run belongs to the project where it is now
  expect((await start([world.binary, "report"], moved).ended).out).toBe("Done.\n");
});

test("the same goal again, while a run of it is interrupted: asked on a terminal, a line elsewhere", async () => {
  const { script, goOn } = hanging();
  await using world = await runWorld(script);
  const id = await interrupted(world, "Build it");
  goOn();
  const pane = await openPane([world.binary, "run", "Build it"], { cwd: world.cwd, env: world.env });
  try {
    await pane.shows(`Run ${id} of this goal was interrupted (0 of 1 node done`);
    await pane.press("Enter");
    const { code, screen } = await pane.ended();
    expect(code).toBe(0);
    expect(screen).toContain(`cord run ${id}  complete`);
  } finally {
    await pane[Symbol.asyncDispose]();
  }
});

test("the same goal again off a terminal starts anew, and says how to go on with the other", async () => {
  const { script, goOn } = hanging();
  await using world = await runWorld(script);
  const id = await interrupted(world, "Build it");
  goOn();
  const { code, err } = await world.cord("run", "Build it");
  expect(code).toBe(0);
  expect(err).toStartWith(
    `Run ${id} of this goal was interrupted (0 of 1 node done, what was spent is not known): "cord run --resume ${id}" goes on with it. This one starts anew.\n`,
  );
  expect((await world.client.call("runs/list", { open: true })).map((run) => run.id.slice(0, 13))).toEqual([
    id,
  ]);
});

test("who follows a run that nobody works on is told how it goes on, and sees it end", async () => {
  const { script, goOn } = hanging();
  await using world = await runWorld(script);
  const id = await interrupted(world, "Build it");
  const log = world.start("logs", id, "--follow");
  await log.says(`No engine works on this run: "cord run --resume ${id}" goes on with it.`);
  goOn();
  expect((await world.cord("run", "--resume", id)).code).toBe(0);
  const { code, out } = await log.ended;
  expect(code).toBe(0);
  expect(out).toMatch(/^complete after /m);
});
