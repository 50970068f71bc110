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
