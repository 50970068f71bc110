import { afterEach, expect, test } from "bun:test";
import { call, say, type Turn } from "../support/claude/model.ts";
import { endStarted, world, type World } from "../support/engine/engine-world.ts";

/** A result counts once its check has passed. */

afterEach(endStarted);

/** Passes at its third run, and prints which it is. */
const passesThird = "echo run >> runs; n=$(wc -l < runs); echo that is run $n; [ $n -ge 3 ]";

async function checkedBy(check: string, some: object = {}, script = handsIn): Promise<World> {
  const here = await world(script);
  Object.assign(here.options, { check, ...some });
  await here.client.call("runs/modify", { run_id: here.runId, options: here.options });
  return here;
}

/** Hands in once a turn: `result 1`, `result 2`… */
function handsIn({ lastResults, said }: Turn) {
  if (lastResults.length > 0) return say("Handed in.");
  const refused = said.filter((text) => text.includes("does not count yet")).length;
  return call("complete", { result: `result ${refused + 1}` });
}

const rootOf = async ({ client, runId }: World) =>
  client.call("nodes/read", { run_id: runId, node_id: "#1" });

test("one that fails twice sends the agent on in its session, with what it printed; then the result counts", async () => {
  const here = await checkedBy(passesThird);
  const engine = await here.engine();
  expect(await engine.run()).toEqual({ how: "ended" });
  expect(here.model.scriptErrors).toEqual([]);
  const root = await rootOf(here);
  expect(root).toMatchObject({ status: "complete", result: "result 3" });
  expect(root.attempts).toHaveLength(1);
  expect(root.attempts[0]?.checks).toMatchObject([
    { verdict: "failed", code: 1, output: "that is run 1\n", command: passesThird },
    { verdict: "failed", code: 1, output: "that is run 2\n" },
    { verdict: "passed", code: 0, output: "that is run 3\n" },
  ]);
  expect(new Set(here.model.requests.map(({ session }) => session)).size).toBe(1);
  const told = here.model.requests.at(-1)?.said.join("\n") ?? "";
  expect(told).toContain("Your result does not count yet");
  expect(told).toMatch(/<output-(\w+)>\nthat is run 2\n\n<\/output-\1>/);
});
