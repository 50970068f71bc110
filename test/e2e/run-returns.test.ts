import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { call } from "../support/claude/model.ts";
import { roles, runWorld, turnsOf } from "../support/machine/run-world.ts";

/** `cord run --returns TYPE [--schema FILE]`: the form of a run's result. */

test("the result of a run fits what --returns and --schema ask for; the agent is told, and what does not fit is refused", async () => {
  await using world = await runWorld(
    roles({
      "#1": [
        call("complete", { result: "three files" }),
        call("complete", { result: { files: "three" } }),
        call("complete", { result: { files: ["a", "b"] } }),
      ],
    }),
  );
  const schema = { type: "object", properties: { files: { type: "array" } }, required: ["files"] };
  writeFileSync(join(world.cwd, "files.json"), JSON.stringify(schema));
  const { code, out } = await world.cord("run", "the largest files", "--schema", "files.json");
  expect({ code, out: JSON.parse(out) }).toEqual({ code: 0, out: { files: ["a", "b"] } });
  const [turn] = turnsOf(world.model, "#1");
  expect(turn?.prompt).toContain("Structured data: a JSON object. It must fit this JSON Schema:");
  const refused = turnsOf(world.model, "#1").flatMap(({ lastResults }) =>
    lastResults.map(({ text }) => text),
  );
  expect(refused.filter((text) => text.includes("does not fit returns=structured"))).toHaveLength(2);
});

test("a rehearsal hands in each form that a text can be made into", async () => {
  await using world = await runWorld();
  world.env["CORD_REHEARSAL_MS"] = "0";
  const rehearsed = async (returns: string): Promise<unknown> => {
    const { code, out } = await world.cord(
      "run",
      `a goal for ${returns}`,
      "--rehearse",
      "--returns",
      returns,
    );
    expect(code).toBe(0);
    return JSON.parse(out);
  };
  expect(await rehearsed("boolean")).toBe(true);
  expect(await rehearsed("list")).toEqual([expect.stringContaining("Rehearsal of #1"), expect.any(String)]);
  expect(await rehearsed("structured")).toEqual({ rehearsal: expect.stringContaining("Rehearsal of #1") });
  expect(await rehearsed("approval")).toMatchObject({ approved: true });
});

test("a form that no run could have is refused before anything starts", async () => {
  await using world = await runWorld();
  writeFileSync(join(world.cwd, "no.json"), "[1]");
  writeFileSync(join(world.cwd, "bad.json"), '{"type": "lisp"}');
  const refusals: [string[], number, string][] = [
    [["--returns", "poem"], 64, "Allowed choices are text, boolean, list, structured, file, approval"],
    [["--schema", "nowhere.json"], 64, "The schema nowhere.json cannot be read"],
    [["--schema", "no.json"], 64, "must be a JSON object"],
    [["--schema", "bad.json"], 64, "is none of object, array"],
    [["--schema", "bad.json", "--returns", "boolean"], 64, "A schema is for --returns list or structured"],
    [["--rehearse", "--returns", "file"], 64, "A rehearsal writes no file"],
  ];
  for (const [flags, code, said] of refusals) {
    const refused = await world.cord("run", "a goal", ...flags);
    expect({ flags, code: refused.code }).toEqual({ flags, code });
    expect(refused.err).toContain(said);
  }
  const resumed = await world.cord("run", "--resume", "--returns", "list");
  expect(resumed).toMatchObject({ code: 64 });
  expect((await world.client.call("runs/list", {})).length).toBe(0);
});
