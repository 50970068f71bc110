import { expect, test } from "bun:test";
import { join } from "node:path";
import { expectGolden } from "../support/golden.ts";
import { bugFixAck, smallRun } from "../support/vault/stories.ts";
import { shown, vaultWorld } from "../support/vault/vault-world.ts";

const golden = (name: string) => join(import.meta.dir, "golden", name);

test("a bug, its fix and its ack are notes that link to each other, and to who worked on them", async () => {
  const world = vaultWorld();
  const vault = world.keep();
  await bugFixAck(world);
  await vault.settled();
  await vault.stop();
  expectGolden(golden("bug-fix-ack.txt"), shown(world.notes()));
});

test("a run is a note with its tree, and each node a note that links to its parent and its needs", async () => {
  const world = vaultWorld();
  const vault = world.keep();
  await smallRun(world);
  await vault.settled();
  await vault.stop();
  expectGolden(golden("run.txt"), shown(world.notes()));
});

test("a run's note says how the children of a node come about and run", async () => {
  const world = vaultWorld();
  const vault = world.keep();
  const run_id = await world.rig.startRun();
  const under = { run_id, node_id: "#1" };
  await world.rig.call("nodes/create", { ...under, goal: "list", returns: "list" });
  await world.rig.call("nodes/create", { ...under, goal: "each", for_each: "#2", type: "serial" });
  await vault.settled();
  await vault.stop();
  const note = Object.values(world.notes()).find((text) => text.includes("## Tree"));
  expect(note).toMatch(/#3 pending \[\[.*\]\] \(each of #2, serial\) needs #2$/m);
});

test("every link leads to a note", async () => {
  const world = vaultWorld();
  const vault = world.keep();
  await bugFixAck(world);
  await smallRun(world);
  await vault.settled();
  await vault.stop();
  const notes = world.notes();
  const links = Object.values(notes).flatMap((text) =>
    [...text.matchAll(/\[\[([^\]]*)\]\]/g)].map(([, to]) => to),
  );
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter((to) => !(`${to}.md` in notes))).toEqual([]);
});

test("a task whose name is changed keeps its note's name", async () => {
  const world = vaultWorld();
  const vault = world.keep();
  await smallRun(world);
  await vault.settled();
  await vault.stop();
  const paths = Object.keys(world.notes()).filter((path) => path.includes("write-it"));
  expect(paths).toHaveLength(1);
  expect(paths[0]).toContain("write-it-down");
  expect(world.notes()[paths[0] ?? ""]).toContain("# Write it all down\n");
});

test("two tasks of one minute and one name have a note each", async () => {
  const world = vaultWorld();
  const vault = world.keep();
  const ids = [await world.send({ name: "build" }), await world.send({ name: "build" })];
  world.rig.advance(10_000);
  ids.push(await world.send({ name: "Build!" }));
  await vault.settled();
  await vault.stop();
  const notes = Object.entries(world.notes()).filter(([path]) => path.startsWith("tasks/"));
  expect(new Set(ids.map((id) => id.slice(0, 8))).size).toBe(1);
  expect(notes).toHaveLength(3);
  for (const [path, text] of notes) {
    const id = ids.find((id) => text.includes(`id: "${id}"`)) ?? "";
    expect(path).toContain(`2026-01-01-build-${id.slice(0, 8)}`);
  }
});

test("what is said of a task is in its note: question, messages and files; of many the newest, of long ones none", async () => {
  const world = vaultWorld();
  const vault = world.keep();
  const { rig } = world;
  const id = await world.send({ name: "speak" });
  await rig.call("tasks/claim", { id, agentId: "alice" });
  await rig.call("tasks/tell", { id, text: "x".repeat(20_000) });
  for (let said = 0; said < 60; said += 1)
    await rig.call("tasks/say", { id, agentId: "alice", text: `line ${said}` });
  await rig.call("tasks/ask", { id, agentId: "alice", question: "which?", options: ["a", "b"] });
  await vault.settled();
  const note = () => Object.entries(world.notes()).find(([path]) => path.startsWith("tasks/"))?.[1] ?? "";
  const asked = note();
  expect(asked).toContain('## Question\n\n```text\nwhich?\n```\n- `"a"`\n- `"b"`\n');
  expect(asked).toContain(`## Messages\n\n12 more, older or longer: \`cord show ${id}\`\n`);
  expect(asked).toContain("```text\nline 59\n```");
  expect(asked).not.toContain("line 10\n");
  await rig.call("tasks/answer", { id, answer: "a" });
  const log = { name: "log", parts: [{ url: "file:///log" }] };
  await rig.call("tasks/complete", { id, agentId: "alice", artifacts: [log] });
  await vault.settled();
  await vault.stop();
  const ended = note();
  expect(ended).not.toContain("## Question");
  expect(ended).toContain('## Artifact\n\n`"log"`\n\n```text\nfile:///log\n```\n');
  const alice = world.notes()["agents/alice.md"] ?? "";
  expect(alice).toMatch(/said of \[\[.*: `"line 59"`/);
  expect(alice).toMatch(/asked about \[\[.*: `"which\?"`/);
});
