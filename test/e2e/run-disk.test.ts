import { expect, test } from "bun:test";
import { mkdirSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { call, say } from "../support/claude/model.ts";
import { roles, runWorld, turnsOf } from "../support/machine/run-world.ts";
import { until } from "../support/until.ts";
import { canMount, smallDisk } from "../support/machine/small-disk.ts";

/** Runs on a disk that is full: what is acknowledged is kept, a person is told, and it goes on when there is room. */

test.skipIf(!canMount)(
  "a database that cannot grow takes the result when there is room; nothing is started meanwhile (needs mount)",
  async () => {
    using disk = smallDisk(6);
    if (disk === null) throw new Error("no disk");
    await using world = await runWorld(
      roles({
        "#1": [
          call("create", { goal: "A large part" }),
          call("create", { goal: "Needs it", needs: ["#2"] }),
          call("complete", { result: "Planned." }),
        ],
        "#2": ({ stepSincePrompt }) => {
          if (stepSincePrompt > 0) return say("Taken.");
          disk.fill();
          return call("complete", { result: "A".repeat(300_000) });
        },
        "#3": [call("complete", { result: "The rest." })],
        "#1 synthesis": [call("complete", { result: "All of it." })],
      }),
    );
    world.env["CORD_DB"] = join(disk.folder, "cord.db");
    const run = world.start("run", "Fill the disk");
    await run.says("No agent is started for now. The disk is full: the database ");
    disk.empty();
    const { code, out, err } = await run.ended;
    expect({ code, out }).toEqual({ code: 0, out: "All of it.\n" });
    expect(err).toMatch(/cord\.db cannot grow \(\d+ \w+ left\)\. Free some space/);
    expect(err).toContain("That is fixed: the run goes on.");
    expect(turnsOf(world.model, "#2")[1]?.lastResults).toMatchObject([{ isError: false }]);
    expect(turnsOf(world.model, "#3")[0]?.prompt).toContain("A".repeat(300_000));
  },
);

test.skipIf(!canMount)(
  "a disk that is full under the output loses no result; nothing is started until there is room (needs mount)",
  async () => {
    using disk = smallDisk(4);
    if (disk === null) throw new Error("no disk");
    await using world = await runWorld(
      roles({
        "#1": [call("create", { goal: "Talks" }), call("complete", { result: "Planned." })],
        "#2": ({ stepSincePrompt }) => {
          if (stepSincePrompt === 0) disk.fill();
          return say(`The last words${" of many".repeat(20_000)}.`);
        },
        "#1 synthesis": ({ prompt, stepSincePrompt }) => {
          const result = prompt.includes("The last words") ? "Heard." : "Lost.";
          return stepSincePrompt === 0 ? call("complete", { result }) : say("Done.");
        },
      }),
    );
    const runs = join(disk.folder, "runs");
    mkdirSync(runs);
    mkdirSync(join(world.env["XDG_DATA_HOME"] ?? "", "cord"), { recursive: true });
    symlinkSync(runs, join(world.env["XDG_DATA_HOME"] ?? "", "cord/runs"));
    const run = world.start("run", "Fill the disk");
    await run.says("Free some space, and the run goes on.");
    await until("the result of #2", () => turnsOf(world.model, "#2").at(-1)?.endedAt != null);
    disk.empty();
    const { code, out } = await run.ended;
    expect({ code, out }).toEqual({ code: 0, out: "Heard.\n" });
  },
);

test("a directory that is renamed under a run is followed, and the run goes on when it is back", async () => {
  await using world = await runWorld(
    roles({
      "#1": ({ stepSincePrompt }) => {
        if (stepSincePrompt === 0) return call("create", { goal: "Later" });
        if (stepSincePrompt === 1) renameSync(world.cwd, `${world.cwd}.away`);
        return stepSincePrompt === 1 ? call("complete", { result: "Planned." }) : say("Done.");
      },
      "#2": [call("complete", { result: "In its place." })],
      "#1 synthesis": [call("complete", { result: "All of it." })],
    }),
  );
  const run = world.start("run", "Move away", "--jobs", "1", "--json");
  await run.says(`There is no directory ${world.cwd} any more: it is ${world.cwd}.away now. Put it back`);
  renameSync(`${world.cwd}.away`, world.cwd);
  const { code, out } = await run.ended;
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    result: "All of it.",
    nodes: [{ status: "complete" }, { status: "complete", attempts: 1 }],
  });
});

test("a claude that is gone, and comes back, costs no node a try", async () => {
  await using world = await runWorld(
    roles({
      "#1": [call("create", { goal: "Later" }), call("complete", { result: "Planned." })],
      "#2": [call("complete", { result: "After the update." })],
      "#1 synthesis": [call("complete", { result: "All of it." })],
    }),
  );
  world.wrapClaude('mv "$0" "$0.away" 2>/dev/null\nexec "$REAL" "$@"');
  const [bin = ""] = (world.env["PATH"] ?? "").split(":");
  world.env["PATH"] = `${bin}:/usr/bin:/bin`;
  const run = world.start("run", "Update meanwhile", "--json");
  await run.says("claude is not on PATH. Install it with");
  world.wrapClaude('exec "$REAL" "$@"');
  const { code, out } = await run.ended;
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    result: "All of it.",
    nodes: [{ status: "complete" }, { status: "complete", attempts: 1 }],
  });
});
