import { expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runWorld } from "../support/machine/run-world.ts";

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
