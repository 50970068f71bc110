import { expect, test } from "bun:test";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { call, say, type Turn } from "../support/claude/model.ts";
import { runWorld, type World } from "../support/machine/run-world.ts";

/** kill -9 of the engine or the daemon around a check: it costs no result, no refusal and no try. */

/** Hands in once a turn: `result 1`, `result 2`… */
function handsIn({ lastResults, said }: Turn) {
  if (lastResults.length > 0) return say("Handed in.");
  const refused = said.filter((text) => text.includes("Your result does not count yet")).length;
  return call("complete", { result: `result ${refused + 1}` });
}

const rootOf = ({ client }: World) => client.call("nodes/read", { node_id: "#1" });

/** What each check of each attempt has said. */
async function verdictsOf(world: World): Promise<string[][]> {
  const { attempts } = await rootOf(world);
  return attempts.map(({ checks }) => checks.map(({ verdict }) => verdict));
}

const sessionsOf = ({ model }: World) => new Set(model.requests.map(({ session }) => session)).size;

test("a daemon that is killed between a check's end and the word of it hears it when it is back, once", async () => {
  await using world = await runWorld((turn) => {
    writeFileSync(join(world.cwd, "daemon"), String(world.daemon().pid));
    return handsIn(turn);
  });
  const check = "echo run >> runs; kill -9 $(cat daemon); [ $(wc -l < runs) -ge 2 ]";
  const { code, out, err } = await world.cord("run", "Prove it", "--check", check);
  expect({ code, out }).toEqual({ code: 0, out: "result 2\n" });
  expect(err).toContain("its check failed (1 of 3)");
  expect(await verdictsOf(world)).toEqual([["failed", "passed"]]);
  expect(sessionsOf(world)).toBe(1);
});

test.each([
  ["has passed", 0],
  ["has failed", 1],
])(
  "an engine that is killed when a check %s, more often than a node has tries, has its agent hand in again",
  async (_, exits) => {
    await using world = await runWorld(handsIn);
    // not before the engine may have heard of it
    const check = `[ -e engine ] && { kill -9 $(cat engine); exit ${exits}; }; true`;
    const file = join(world.cwd, "engine");
    const kills = 3;
    for (let kill = 0; kill < kills; kill += 1) {
      const args = kill === 0 ? ["run", "Prove it", "--check", check] : ["run", "--resume"];
      const engine = world.start(...args);
      writeFileSync(file, String(engine.pid));
      await engine.ended;
    }
    rmSync(file);
    expect(await world.cord("run", "--resume")).toMatchObject({ code: 0, out: "result 1\n" });
    expect(await verdictsOf(world)).toEqual([[], [], [], ["passed"]]);
    expect(sessionsOf(world)).toBe(1);
    expect(world.model.requests.at(-1)?.said.join("\n")).toContain("does not count: hand it in again.");
  },
);

test("an engine that is killed when the daemon has taken a refusal leaves the next one to tell the agent of it", async () => {
  await using world = await runWorld(handsIn);
  const check = "echo run >> runs; [ $(wc -l < runs) -ge 2 ]";
  const engine = world.start("run", "Prove it", "--check", check);
  await world.event(({ type }) => type === "attempt.checked");
  engine.signal("SIGKILL");
  await engine.ended;
  expect(existsSync(join(world.cwd, "runs"))).toBe(true);
  expect(await world.cord("run", "--resume")).toMatchObject({ code: 0, out: "result 2\n" });
  expect((await verdictsOf(world)).flat()).toEqual(["failed", "passed"]);
  expect(sessionsOf(world)).toBe(1);
});
