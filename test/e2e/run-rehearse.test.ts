import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runWorld } from "../support/machine/run-world.ts";
import { until } from "../support/until.ts";

/** The built-in agent: the whole engine, without an account and without claude. */

setDefaultTimeout(180_000);

test("a plan in rehearsal fans out, needs no claude, and says that it is a rehearsal", async () => {
  await using world = await runWorld();
  Object.assign(world.env, { PATH: "/usr/bin:/bin", CORD_REHEARSAL_MS: "0" });
  writeFileSync(join(world.cwd, "plan.md"), "# A plan\n\n1. First\n   - this\n   - that\n2. Then\n");
  const { code, out, err } = await world.cord("run", "plan.md", "--rehearse");
  expect(code).toBe(0);
  expect(out).toContain('Rehearsal of #1 "A plan": no model was called.');
  expect(err).toMatch(/nodes +5 complete/);
  expect(world.model.requests).toEqual([]);
});

test("1,000 nodes complete, each once, whatever runs beside what", async () => {
  await using world = await runWorld();
  world.env["CORD_REHEARSAL_MS"] = "0";
  const parts = Array.from({ length: 27 }, (_, part) => `- Part ${part}\n${stepsOf(part)}`);
  writeFileSync(join(world.cwd, "plan.md"), `# A thousand\n\n${parts.join("\n")}\n`);
  const limits = ["--max-nodes", "1000", "--max-children", "36", "--jobs", "16"];
  const { code, out } = await world.cord("run", "plan.md", "--rehearse", ...limits, "--json");
  expect(code).toBe(0);
  const { nodes } = JSON.parse(out);
  expect(nodes).toHaveLength(1000);
  const numbers = new Set(nodes.map(({ number }: { number: number }) => number));
  expect(numbers.size).toBe(1000);
  const parents = new Set(nodes.map(({ parent }: { parent: number | null }) => parent));
  for (const { number, status, attempts } of nodes)
    expect({ number, status, attempts }).toEqual({
      number,
      status: "complete",
      attempts: parents.has(number) ? 2 : 1,
    });
});

test("a plan with more parts than one node may create shows which ones an agent could not hand out", async () => {
  await using world = await runWorld();
  world.env["CORD_REHEARSAL_MS"] = "0";
  writeFileSync(join(world.cwd, "plan.md"), "# Wide\n\n- one\n- two\n- three\n");
  const { code, err } = await world.cord("run", "plan.md", "--rehearse", "--max-children", "2");
  expect(code).toBe(0);
  expect(err).toMatch(/nodes +3 complete/);
  const { nodes } = await world.client.call("runs/get", {});
  expect(nodes.map(({ goal }) => goal)).toEqual(["Wide", "one", "two"]);
});

function stepsOf(part: number): string {
  return Array.from({ length: 36 }, (_, step) => `  - Step ${part}.${step}`).join("\n");
}

test("marks in a plan have a rehearsal take a question, failures, a check and a limit, as agents with an account do", async () => {
  await using world = await runWorld();
  world.env["CORD_REHEARSAL_MS"] = "0";
  writeFileSync(
    join(world.cwd, "plan.md"),
    `# Ship it {rehearse="ask Ship now?"}

1. Build {#build check="test -f built || { touch built; exit 1; }"}
2. Test {rehearse="fail 1" needs="#build"}
3. Fail {rehearse=fail retries=0}
- List {#list returns=list model=haiku}
- Each {item} {for_each="#list" limit=9}
- Wait {rehearse="limit 30m"}
`,
  );
  const run = world.start("run", "plan.md", "--rehearse", "--json");
  const asked = await world.event(
    ({ type, data }) => type === "task.created" && JSON.stringify(data).includes("Ship now?"),
  );
  const parked = await world.event(({ type }) => type === "run.parked");
  expect(JSON.stringify(parked.data)).toContain("the 5-hour window is used up");
  expect((await world.cord("answer", String(asked.number), "yes")).code).toBe(0);
  expect((await world.cord("resume", String(asked.run_id))).code).toBe(0);
  const { code, out, err } = await run.ended;
  expect({ code, err: code === 0 ? "" : err }).toEqual({ code: 0, err: "" });
  const nodes: { number: number; goal: string; status: string; attempts: number; tries: number }[] =
    JSON.parse(out).nodes;
  const by = (goal: string) => nodes.find((node) => node.goal === goal);
  expect(by("Ship it")).toMatchObject({ number: 1, status: "complete" });
  expect(by("Build")).toMatchObject({ status: "complete" });
  expect(by("Test")).toMatchObject({ status: "complete", tries: 2 });
  expect(by("Fail")).toMatchObject({ status: "failed", tries: 1 });
  expect(by("Each {item}")).toMatchObject({ status: "complete" });
  expect(by("Wait")).toMatchObject({ status: "complete", tries: 1, attempts: 2 });
  const log = (await world.cord("logs", String(by("Build")?.number))).out;
  expect(log).toContain("test -f built");
});

test("a rehearsal that is interrupted in mid-work has spent nothing, and its run says so and how it stands", async () => {
  await using world = await runWorld();
  world.env["CORD_REHEARSAL_MS"] = "600000";
  const run = world.start("run", "A leaf", "--rehearse");
  const output = async () => {
    const { nodes } = await world.client.call("runs/get", {});
    const file = join(nodes[0]?.dir ?? "", "output.jsonl");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  };
  await world.event(({ type }) => type === "attempt.started");
  await until("a message of its agent", async () => (await output()).includes('"type":"assistant"'));
  run.signal("SIGINT");
  const { code, err } = await run.ended;
  expect(code).toBe(130);
  expect(err).toMatch(/^ {2}cost {7}\$0\.00 of \$10\.00$/m);
  expect(err).toMatch(/^ {2}tokens {5}0 in, 0 out$/m);
  const facts = (await world.cord("runs", idIn(err))).out;
  expect(facts).toMatch(/^so far {4}/m);
  expect(facts).not.toMatch(/^(?:cost|limit)/m);
});

test("a run that was left while its account is used up says until when, and promises nothing that no engine does", async () => {
  await using world = await runWorld();
  writeFileSync(join(world.cwd, "plan.md"), '# Ship it\n\n- Wait {rehearse="limit 30m"}\n');
  const run = world.start("run", "plan.md", "--rehearse");
  await world.event(({ type }) => type === "run.parked");
  run.signal("SIGINT");
  const id = idIn((await run.ended).err);
  expect((await world.cord("runs", id)).out).toMatch(
    /^limit {5}the 5-hour window is used up, and resets at \d\d:\d\d$/m,
  );
  expect((await world.cord("resume", id)).out).toStartWith(
    `run ${id} tries again once an engine works on it  `,
  );
});

test("of two runs that have a node of a number, an answer is for the one whose node is a question", async () => {
  await using world = await runWorld();
  world.env["CORD_REHEARSAL_MS"] = "0";
  writeFileSync(join(world.cwd, "asks.md"), '# Ship it {rehearse="ask Ship now?"}\n');
  writeFileSync(join(world.cwd, "waits.md"), '# Wait\n\n- For long {rehearse="limit 30m"}\n');
  const waits = world.start("run", "waits.md", "--rehearse");
  await world.event(({ type }) => type === "run.parked");
  const asks = world.start("run", "asks.md", "--rehearse");
  await world.event(({ type, number, kind }) => type === "task.created" && kind === "ask" && number === 2);
  const answered = await world.cord("answer", "2", "yes");
  expect({ code: answered.code, err: answered.err }).toEqual({ code: 0, err: "" });
  expect((await asks.ended).code).toBe(0);
  waits.signal("SIGINT");
  expect((await waits.ended).code).toBe(130);
});

/** The id of a run, which its first line says. */
function idIn(err: string): string {
  return /^cord run (\S+)/m.exec(err)?.[1] ?? "none";
}
