import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { call } from "../support/claude/model.ts";
import { roles, runWorld, turnsOf, type World } from "../support/machine/run-world.ts";

/** Plans that are kept under a name: run whole, with the tree that they say. */

setDefaultTimeout(180_000);

const ship = `---
description: Ship a version
inputs:
  version: which one
  where: { description: to what, default: the registry }
---
# Ship {version} to {where} {check="test {version} = 1.2 && echo {where}" returns=list}

Mind the notes.

1. Prepare {version}
   - Notes {#notes returns=list}
   - Build {#build check="true"}
2. Tell each of {item} {for_each="#notes" limit=5}
3. Publish {version} {needs="#build" retries=3 timeout=2m}
`;

function write(world: World, name: string, text: string): void {
  const path = join(world.cwd, ".cord/skills", name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

async function skillWorld(): Promise<World> {
  const world = await runWorld();
  world.env["CORD_REHEARSAL_MS"] = "0";
  return world;
}

interface Shown {
  number: number;
  parent: number | null;
  goal: string;
  status: string;
  needs: number[];
}

test("cord run @skill makes the tree of its plan, in one step, and cord works it off", async () => {
  await using world = await skillWorld();
  write(world, "ship.md", ship);
  const { code, out, err } = await world.cord(
    "run",
    "@ship",
    "1.2",
    "two",
    "places",
    "--rehearse",
    "--trust",
    "--json",
  );
  expect({ code, err: code === 0 ? "" : err }).toEqual({ code: 0, err: "" });
  const nodes: Shown[] = JSON.parse(out).nodes;
  expect(nodes.slice(0, 6).map(({ number, parent, goal, needs }) => [number, parent, goal, needs])).toEqual([
    [1, null, "Ship 1.2 to two places", []],
    [2, 1, "Prepare 1.2", []],
    [3, 2, "Notes", []],
    [4, 2, "Build", []],
    [5, 1, "Tell each of {item}", [2, 3]],
    [6, 1, "Publish 1.2", [5, 4]],
  ]);
  expect(nodes.length).toBeGreaterThan(6);
  expect(nodes.filter(({ status }) => status !== "complete")).toEqual([]);
  const whole = JSON.parse((await world.cord("show", "1", "--json")).out);
  expect(whole).toMatchObject({ prompt: "Mind the notes.", returns: "list" });
  expect((await world.cord("logs", "1")).out).toContain("test 1.2 = 1.2");
});

test("a skill's inputs are named or in their order, and what is missing or too much is said before anything starts", async () => {
  await using world = await skillWorld();
  write(world, "ship.md", ship.replaceAll(/check="[^"]*" ?/g, ""));
  const refused = async (...words: string[]) => {
    const { code, out, err } = await world.cord("run", ...words, "--rehearse");
    expect({ code, out }).toEqual({ code: expect.any(Number), out: "" });
    expect(code).not.toBe(0);
    return err;
  };
  expect(await refused("@ship")).toContain("@ship needs version (which one). Say it: version=…");
  expect(await refused("@ship", "version=1", "where=here", "now")).toContain(
    '@ship takes no "now". It has version, where, and all are given',
  );
  expect(await refused("@shp", "1")).toContain('There is no skill "@shp". Write @ship');
  write(world, "../config.toml", 'skills = ["team"]\n');
  write(world, "../../team/theirs.md", "---\ndescription: The team's\n---\n# Do theirs\n");
  expect((await world.cord("skills")).out).toContain("@theirs");
  write(world, "bad.md", '---\ndescription: x\n---\n# Do\n\n- one {needs="#two"}\n');
  expect(await refused("@bad")).toContain(".cord/skills/bad.md:6: There is no node #two. ");
  expect(JSON.parse((await world.cord("runs", "--json")).out)).toEqual([]);
  const { code, out } = await world.cord("run", "@ship", "where=here", "7", "--rehearse", "--json");
  expect(code).toBe(0);
  expect(JSON.parse(out).nodes[0].goal).toBe("Ship 7 to here");
});

test("a project's skill runs commands once its person has agreed to its content", async () => {
  await using world = await skillWorld();
  write(world, "ship.md", ship);
  write(world, "review.md", "---\ndescription: Not the one of cord\n---\n# Look\n");
  const refused = await world.cord("run", "@ship", "1.2", "--rehearse");
  expect({ code: refused.code, out: refused.out }).toEqual({ code: 1, out: "" });
  expect(refused.err).toContain(
    ".cord/skills/ship.md:7: runs a command: test {version} = 1.2 && echo {where}\n",
  );
  expect(refused.err).toMatch(/^cord run: nothing was started\. .*"cord skills ship --trust".* --trust /m);
  expect((await world.cord("run", "@review", "--rehearse")).err).toContain("takes the place of @review");
  expect((await world.cord("skills", "ship", "--trust")).code).toBe(0);
  expect((await world.cord("run", "@ship", "1.2", "--rehearse")).code).toBe(0);
  write(world, "ship.md", ship.replace("test {", "touch ../x; test {"));
  expect((await world.cord("run", "@ship", "1.2", "--rehearse")).code).toBe(1);
});

test("the list names each file that is no skill, with its fault and its line", async () => {
  await using world = await skillWorld();
  write(world, "good.md", "\uFEFF---\r\ndescription: Good\r\n---\r\n# Do\r\n");
  write(world, "large.md", "x".repeat(300_000));
  write(world, "Not So.md", "---\ndescription: x\n---\n# Do\n");
  symlinkSync("nowhere", join(world.cwd, ".cord/skills/gone.md"));
  write(
    world,
    "wrong.md",
    "---\ndescription: x\ninputs:\n  a: one\n  B: two\nkind: y\n---\n# Do {modle=x}\n",
  );
  const { code, out, err } = await world.cord("skills");
  expect(code).toBe(0);
  expect(out).toMatch(/@good +project +Good/);
  for (const name of ["@large", "@Not So", "@gone", "@wrong"])
    expect(out).toMatch(new RegExp(`^${name} .*project .*has faults`, "m"));
  const folder = join(world.cwd, ".cord/skills");
  expect(err).toContain(`${folder}/large.md cannot be read: it is no plain file of at most 256 KiB`);
  expect(err).toContain(`${folder}/gone.md cannot be read`);
  expect(err).toContain(`${folder}/Not So.md: no skill can be called so.`);
  expect((await world.cord("run", "@gone", "--rehearse")).err).toContain("gone.md cannot be read");
  // a line for each fault, also where it is a command's error
  expect((await world.cord("run", "@wrong", "--rehearse")).err.split("\n").slice(0, 3)).toEqual([
    `cord run: ${folder}/wrong.md:5: An input cannot be called "B". Use small letters, each name once, and neither item nor index.`,
    `${folder}/wrong.md:6: There is no key "kind". There are: name, description, inputs.`,
    `${folder}/wrong.md:8: There is no attribute "modle". Write model; or \\{ where the brace is text.`,
  ]);
});

test("no command is named that would try again what another child's result has made needless", async () => {
  await using world = await skillWorld();
  const race =
    '- Race {resolve=any}\n  - Bad {rehearse="fail" retries=0}\n  - Good {needs="#slow"}\n- Slow {#slow}\n';
  write(world, "race.md", `---\ndescription: Race\n---\n${race}`);
  const { code, err } = await world.cord("run", "@race", "--rehearse");
  expect({ code, err: err.includes("failed     #3 Bad") }).toEqual({ code: 0, err: true });
  expect(err).not.toMatch(/^ *(?:try again|only one) /m);
  const shown = (await world.cord("show", "3")).out;
  expect(shown).toContain("failed");
  expect(shown).not.toContain("cord retry");
  expect((await world.cord("retry", "3")).err).toContain("#3 is not needed any more");
  // nor a log of a node that has no agent
  write(
    world,
    "none.md",
    '---\ndescription: None\n---\n- List {#l returns=list}\n- Each {for_each="#l" limit=1}\n',
  );
  const none = await world.cord("run", "@none", "--rehearse");
  expect(none.err).toMatch(/failed +#3 Each: #2 gave 2 items/);
  expect(none.err).not.toContain("cord logs");
});

test("a skill's tree is held for its person by --plan as one that an agent plans", async () => {
  await using world = await skillWorld();
  const held = await world.cord("run", "@review", "src", "--rehearse", "--plan");
  expect(held.code).toBe(0);
  expect(held.out + held.err).toContain("Prove each finding");
  const [run] = JSON.parse((await world.cord("runs", "--json")).out);
  expect([run.standing, run.done]).toEqual(["proposed", 0]);
  expect((await world.cord("run", "--resume")).code).toBe(0);
});

test("an agent expands a skill below itself, within the run's limits, and no project's one that nobody agreed to", async () => {
  const done = [call("complete", { result: "Done." })];
  await using world = await runWorld(
    roles({
      "#1": [
        call("create", { skill: "ship", inputs: { version: "1.2" } }),
        call("create", { skill: "@compare" }),
        call("create", { skill: "compare", inputs: { things: "A and B" }, goal: "no", for_each: "#1" }),
        call("create", { goal: "One", inputs: { things: "A and B" } }),
        call("create", { skill: "compare", inputs: { things: "A and B" } }),
        call("complete", { result: "Handed out." }),
      ],
      "#3": [call("complete", { result: ["A", "B"] })],
      "#5": done,
      "#6": done,
      "#2 synthesis": done,
      "#1 synthesis": done,
    }),
  );
  write(world, "ship.md", ship);
  const { code, out, err } = await world.cord("run", "Choose one", "--json");
  expect({ code, err: code === 0 ? "" : err }).toEqual({ code: 0, err: "" });
  const nodes: Shown[] = JSON.parse(out).nodes;
  expect(nodes.map(({ number, parent, goal }) => [number, parent, goal])).toEqual([
    [1, null, "Choose one"],
    [2, 1, "Compare A and B for general use"],
    [3, 2, "Name what to compare, and by which questions"],
    [4, 2, "Look into each"],
    [5, 4, expect.stringContaining("Look into each")],
    [6, 4, expect.stringContaining("Look into each")],
  ]);
  const log = turnsOf(world.model, "#1")
    .flatMap(({ lastResults }) => lastResults.map(({ text }) => text))
    .join("\n");
  expect(log).toContain("a person has to agree to it first");
  expect(log).toContain("@compare needs things");
  expect(log).toContain("A skill has its own goal, for_each. Leave that out");
  expect(log).toContain("inputs are those of a skill.");
});
