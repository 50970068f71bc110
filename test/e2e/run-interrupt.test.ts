import { expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { call, gate, looks, say, type Script } from "../support/claude/model.ts";
import { roles, runWorld, turnsOf, type World } from "../support/machine/run-world.ts";
import { until } from "../support/until.ts";

/** What cuts a run off: a person, and the death of each of its parts. Nothing that was done is lost. */

/** A run of which #2 is done and #3 hangs, until it is let go on. */
function halfDone(): { script: Script; goOn(): void } {
  let hangs = true;
  const script = roles({
    "#1": [
      call("create", { goal: "Quick" }),
      call("create", { goal: "Slow", needs: ["#2"] }),
      call("complete", { result: "Planned." }),
    ],
    "#2": [call("complete", { result: "The quick part." })],
    "#3": ({ stepSincePrompt }) => {
      if (stepSincePrompt === 0) return call("Bash", { command: "echo begun" });
      if (hangs) return { hang: true };
      return stepSincePrompt === 1 ? call("complete", { result: "The slow part." }) : say("Done.");
    },
    "#1 synthesis": [call("complete", { result: "Both parts." })],
  });
  return { script, goOn: () => (hangs = false) };
}

/** Goes on with what was cut off: only what was not done is done again, in its session. */
async function resumesTo(world: World, result: string, flags: string[] = []): Promise<void> {
  const before = world.model.requests.length;
  const session = turnsOf(world.model, "#3").at(-1)?.session;
  const { code, out } = await world.cord("run", "--resume", ...flags);
  expect({ code, out }).toEqual({ code: 0, out: `${result}\n` });
  const asked = world.model.requests.slice(before);
  expect(new Set(asked.map(({ node }) => node))).toEqual(new Set(["#3", "#1"]));
  expect(asked[0]).toMatchObject({ node: "#3", session });
  const sent = JSON.stringify(asked[0]?.messages);
  expect(sent).toContain("begun");
  expect(sent).toContain("Go on.");
  expect(sent.split("You are node #3").length - 1).toBe(1);
}

test("Ctrl-C in the middle ends all agents, exits 130, and says how to go on; --resume goes on in the same session", async () => {
  const { script, goOn } = halfDone();
  await using world = await runWorld(script);
  const run = world.start("run", "Two parts");
  await world.model.waitFor(({ node, step }) => node === "#3" && step === 1);
  run.signal("SIGINT");
  const { code, out, err } = await run.ended;
  expect({ code, out }).toEqual({ code: 130, out: "" });
  expect(world.agents()).toEqual([]);
  expect(world.processes()).toHaveLength(1);
  const last = err.trimEnd().split("\n").at(-1) ?? "";
  const [, id = ""] = /cord run --resume (\S+)$/.exec(last) ?? [];
  goOn();
  await resumesTo(world, "Both parts.", [id]);
});

test("a run that is over is not resumed, and one that never was is not found", async () => {
  await using world = await runWorld(roles({ "#1": [call("complete", { result: "Done." })] }));
  await world.cord("run", "Once");
  const again = await world.cord("run", "--resume");
  expect(again.code).toBe(1);
  expect(again.err).toMatch(/^cord run: No run of this project is open\..*\n$/);
  const { run } = await world.client.call("runs/get", {});
  const named = await world.cord("run", "--resume", run.id.slice(0, 13));
  expect(named.code).toBe(1);
  expect(named.err).toMatch(
    /^cord run: Run \S+ is over \(complete\)\. Nothing in it failed that could be tried again.*\n$/,
  );
  const none = await world.cord("run", "--resume", "ffffffff");
  expect(none.code).toBe(1);
  expect(none.err).toMatch(/^cord run: .*\n$/);
});

test("a second Ctrl-C ends agents that do not heed the first", async () => {
  await using world = await runWorld();
  world.wrapClaude("trap '' TERM INT\necho stubborn >&2\nsleep 1003");
  const run = world.start("run", "Be stubborn");
  await run.says("#1 active");
  await until("the agent", () => world.agents().some(({ argv }) => argv.includes("1003")));
  run.signal("SIGINT");
  run.signal("SIGINT");
  expect((await run.ended).code).toBe(130);
  expect(world.agents()).toEqual([]);
});

test("an engine that is killed with -9 takes its agents with it, loses no data, and the run can be resumed", async () => {
  const { script, goOn } = halfDone();
  await using world = await runWorld(script);
  const run = world.start("run", "Two parts");
  await world.model.waitFor(({ node, step }) => node === "#3" && step === 1);
  expect(world.agents().length).toBeGreaterThan(1);
  run.signal("SIGKILL");
  await run.ended;
  await until("the end of all agents", () => world.agents().length === 0, { withinMs: 2000 });
  const { nodes } = await world.client.call("runs/get", {});
  expect(nodes.map(({ status }) => status)).toEqual(["waiting", "complete", "active"]);
  goOn();
  await resumesTo(world, "Both parts.");
});

test("a daemon that is killed with -9 in the middle comes back, and the run goes on to its end", async () => {
  const back = gate();
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { goal: "One" }),
        call("create", { goal: "Two", needs: ["#2"] }),
        call("complete", { result: "Planned." }),
      ],
      "#2": async ({ stepSincePrompt }) => {
        if (stepSincePrompt === 0) await back.opened;
        return stepSincePrompt === 0 ? call("complete", { result: "One." }) : say("Done.");
      },
      "#3": [call("complete", { result: "Two." })],
      "#1 synthesis": [call("complete", { result: "One and two." })],
    }),
  );
  const run = world.start("run", "Survive");
  await world.model.waitFor(({ node }) => node === "#2");
  const { pid } = world.daemon();
  process.kill(pid, "SIGKILL");
  await until("another daemon", () =>
    world.processes().some((one) => one.argv.includes("serve") && one.pid !== pid),
  );
  back.open();
  const { code, out } = await run.ended;
  expect({ code, out }).toEqual({ code: 0, out: "One and two.\n" });
  const { nodes } = await world.client.call("runs/get", {});
  expect(nodes.map(({ attempts, status }) => ({ attempts, status }))).toEqual([
    { attempts: 2, status: "complete" },
    { attempts: 1, status: "complete" },
    { attempts: 1, status: "complete" },
  ]);
});

test("two runs of one project go on side by side, on one daemon", async () => {
  const both = gate();
  const script = roles({
    "#1": async ({ stepSincePrompt, prompt }) => {
      if (stepSincePrompt > 0) return say("Done.");
      await both.opened;
      return call("complete", { result: /Goal: (\w+)/.exec(prompt)?.[1] ?? "?" });
    },
  });
  await using world = await runWorld(script);
  const runs = [world.start("run", "Left"), world.start("run", "Right")];
  await world.model.waitFor(({ prompt }) => prompt.includes("Goal: Left"));
  await world.model.waitFor(({ prompt }) => prompt.includes("Goal: Right"));
  both.open();
  const ended = await Promise.all(runs.map((run) => run.ended));
  expect(ended.map(({ code, out }) => ({ code, out }))).toEqual([
    { code: 0, out: "Left\n" },
    { code: 0, out: "Right\n" },
  ]);
  expect(world.processes().filter(({ argv }) => argv.includes("serve"))).toHaveLength(1);
});

test("a second engine that joins a run shares its nodes; none is run twice, and both print the result", async () => {
  const joined = gate();
  const part = async ({ stepSincePrompt }: { stepSincePrompt: number }) => {
    if (stepSincePrompt === 0) return looks;
    if (stepSincePrompt > 1) return say("Done.");
    await joined.opened;
    return call("complete", { result: "A part." });
  };
  await using world = await runWorld(
    roles({
      "#1": [
        ...["One", "Two", "Three"].map((goal) => call("create", { goal })),
        call("complete", { result: "Planned." }),
      ],
      "#2": part,
      "#3": part,
      "#4": part,
      "#1 synthesis": [call("complete", { result: "All parts." })],
    }),
  );
  const first = world.start("run", "Three parts", "--jobs", "2");
  await world.model.waitFor(({ node, stepSincePrompt }) => node === "#3" && stepSincePrompt === 1);
  const { run } = await world.client.call("runs/get", {});
  // what --jobs says is of all engines of a run together
  const second = world.start("run", "--resume", run.id, "--jobs", "3");
  await world.model.waitFor(({ node }) => node === "#4");
  joined.open();
  for (const { code, out } of [await first.ended, await second.ended])
    expect({ code, out }).toEqual({ code: 0, out: "All parts.\n" });
  const { nodes } = await world.client.call("runs/get", {});
  expect(nodes.map(({ attempts }) => attempts)).toEqual([2, 1, 1, 1]);
});

test("a daemon that cannot come back ends the run in one sentence, with its agents", async () => {
  await using world = await runWorld(roles({ "#1": () => ({ hang: true }) }));
  const run = world.start("run", "Lose the daemon");
  await world.model.waitFor(({ node }) => node === "#1");
  const database = join(world.env["XDG_DATA_HOME"] ?? "", "cord/cord.db");
  // with its log alone SQLite would fix it
  for (const end of ["-wal", "-shm"]) rmSync(`${database}${end}`, { force: true });
  writeFileSync(database, "This is no database. ".repeat(500));
  process.kill(world.daemon().pid, "SIGKILL");
  const { code, out, err } = await run.ended;
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err.trimEnd().split("\n").at(-1)).toMatch(
    /^cord run: The daemon for \S+ could not be started: .*database/,
  );
  expect(err).not.toMatch(/\n\s+at /);
  expect(world.processes()).toEqual([]);
});
