import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { historyDefaults } from "../../src/core/history.ts";
import { tidyOutputs } from "../../src/server/outputs/tidy.ts";
import { signal } from "../support/machine/processes.ts";
import { runWorld, type World } from "../support/machine/run-world.ts";
import { until } from "../support/until.ts";

/** What becomes of a run that is over: its output is compressed, then removed, and the run goes when its person says so. */

/** A rehearsal with one node that fails. Resolves to the run's id. */
async function endedRun(world: World): Promise<string> {
  world.env["CORD_REHEARSAL_MS"] = "0";
  writeFileSync(join(world.cwd, "plan.md"), "# Goal\n\n- good\n- bad {rehearse=fail retries=0}\n");
  await world.cord("run", "plan.md", "--rehearse");
  return (await world.client.call("runs/get", {})).run.id;
}

const outputOf = (world: World, id: string) => join(world.data, "cord/runs", id);

/** As the daemon does it once an hour. */
const tidy = (world: World, id: string, { keep, outputs }: { keep: number; outputs: number }) =>
  tidyOutputs({
    folder: join(world.data, "cord/runs"),
    runs: async () => [{ id, endedAt: 0, needed: new Set() }],
    settings: { keep: { value: keep, text: "90d" }, outputs: { value: outputs, text: "2GiB" } },
    now: 1,
    settled: 1,
    measured: new Map(),
    maxCompressedBytes: historyDefaults.outputs.value,
    signal: new AbortController().signal,
  });

test("logs and reports read what was compressed as before, a run is gone on with, and what was removed says by which rule", async () => {
  await using world = await runWorld();
  const id = await endedRun(world);
  const file = join(outputOf(world, id), "2-1/output.jsonl");
  const said = JSON.stringify({
    type: "assistant",
    message: { content: [{ type: "text", text: "A long word. ".repeat(1000) }] },
  });
  appendFileSync(file, `${said}\n`);
  const before = await world.cord("logs", "2", "--raw");
  expect(before.out).toContain("A long word.");
  const { freed } = await tidy(world, id, { keep: 1000, outputs: 6000 });
  expect(freed).toBeGreaterThan(10_000);
  expect(existsSync(file)).toBe(false);
  const wouldRemove = async (...which: string[]) =>
    JSON.parse((await world.cord("runs", "rm", ...which, "--dry-run", "--json")).out);
  expect(await wouldRemove("--all-ended")).toMatchObject({ would_remove: [{ run_id: id, nodes: 3 }] });
  expect(await wouldRemove("--older-than", "1d")).toEqual({ would_remove: [] });

  expect(await world.cord("logs", "2", "--raw")).toEqual(before);
  const page = join(world.cwd, "page.html");
  await world.cord("report", "--html", page);
  expect(readFileSync(page, "utf8")).toContain("A long word.");
  const { err } = await world.cord("run", "--resume", id);
  expect(err).toContain("#3");

  await tidy(world, id, { keep: 0, outputs: 1e9 });
  expect(await world.cord("logs", "2")).toEqual({
    code: 1,
    out: "",
    err: expect.stringMatching(
      /The log of #2 of run .* is gone: cord removed it on .* over for longer than 90d \(keep in \[history\]/,
    ),
  });
  await world.cord("report", "--html", page);
  expect(readFileSync(page, "utf8")).toContain("Its transcript is gone: cord removed it on");
});

test("a run is not removed unasked, under its engine, or before it is over; --force ends one that nobody works on", async () => {
  await using world = await runWorld(() => ({ hang: true }));
  const run = world.start("run", "Work on it");
  await world.model.waitFor(({ prompt }) => prompt.includes("Work on it"));
  const { id } = (await world.client.call("runs/get", {})).run;
  for (const flags of [[], ["--force"]])
    expect(await world.cord("runs", "rm", id, "--yes", ...flags)).toMatchObject({
      code: 1,
      err: expect.stringContaining("An engine works on run"),
    });
  run.signal("SIGINT");
  await run.ended;
  expect(await world.cord("runs", "rm", id, "--yes")).toMatchObject({
    code: 1,
    err: expect.stringContaining("is not over: it is interrupted, and nothing was removed."),
  });
  expect(await world.cord("runs", "rm", id, "--force")).toMatchObject({
    code: 64,
    err: expect.stringContaining("--yes removes, and --dry-run shows them."),
  });
  expect((await world.client.call("runs/get", { run_id: id })).run.standing).toBe("interrupted");

  const waiting = world.start("wait", "--run", id);
  await until("somebody waits", async () => (await world.client.call("daemon/status", {})).watchers > 0);
  const removed = await world.cord("runs", "rm", id, "--force", "--yes", "--json");
  expect(JSON.parse(removed.out).removed).toMatchObject([{ run_id: id, goal: "Work on it", nodes: 1 }]);
  expect(await waiting.ended).toMatchObject({
    code: 1,
    out: expect.stringContaining('"state": "cancelled"'),
  });
  expect(await world.client.call("runs/list", {})).toEqual([]);
  expect(existsSync(outputOf(world, id))).toBe(false);
});

test("a removal that is cut off by kill -9 shows no half of a run, and a second one ends it", async () => {
  await using world = await runWorld();
  const id = await endedRun(world);
  await world.cord("daemon", "stop");
  const path = join(world.data, "cord/cord.db");
  const rowsOf = (table: string) => {
    const database = new Database(path, { readonly: true });
    const { n } = database
      .query<{ n: number }, []>(`SELECT count(*) AS n FROM ${table} WHERE run_id IS NOT NULL`)
      .get() ?? { n: -1 };
    database.close();
    return n;
  };
  const database = new Database(path);
  // more than two calls remove
  database.run(
    `INSERT INTO events (at, type, run_id, data) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
     SELECT 1, 'run.parked', ?, '{}' FROM n`,
    [id],
  );
  database.close();

  const cut = world.start("runs", "rm", id, "--yes");
  await cut.says("events and");
  cut.signal("SIGKILL");
  for (const { pid } of world.daemons()) signal(pid, "SIGKILL");
  await cut.ended;
  expect(rowsOf("events")).toBeGreaterThan(1);
  expect(readdirSync(join(world.data, "cord/runs"))).toEqual([id]);

  expect((await world.cord("runs", "--json")).out).toBe("[]\n");
  expect((await world.cord("runs", id)).err).toContain("There is no run");
  // so many files take a while, in which a person may end the command
  mkdirSync(join(outputOf(world, id), "4-1"));
  for (let n = 0; n < 1000; n += 1) writeFileSync(join(outputOf(world, id), "4-1", String(n)), "");
  const ended = await world.cord("runs", "rm", id.slice(0, 13), "--yes", "--json");
  expect(ended.err).toContain(
    `files of output, which may take a while. If it is cut off, "cord runs rm ${id}"`,
  );
  expect(JSON.parse(ended.out).removed).toMatchObject([{ run_id: id, goal: null, nodes: 3 }]);
  await world.cord("daemon", "stop");
  expect([rowsOf("tasks"), rowsOf("attempts"), rowsOf("removals")]).toEqual([0, 0, 0]);
  // those that tell of the removal, and to a vault whose it is
  expect(rowsOf("events")).toBeLessThanOrEqual(2);
  expect(readdirSync(join(world.data, "cord/runs"))).toEqual([]);
});
