import { expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "../support/machine/temporary.ts";
import { bugFixAck } from "../support/vault/stories.ts";
import { vaultWorld, type VaultWorld } from "../support/vault/vault-world.ts";

/** Starts a keeper, and resolves with its first complaint. */
async function firstComplaint(world: VaultWorld): Promise<{ sentence: string; fix(): Promise<void> }> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const vault = world.keep({
    complain: (sentence) => {
      world.complaints.push(sentence);
      resolve(sentence);
    },
  });
  const sentence = await promise;
  return { sentence, fix: () => vault.settled().then(() => vault.stop()) };
}

test("a vault that cannot be written fails no task, says so once, and catches up when it can be", async () => {
  const world = vaultWorld();
  writeFileSync(world.path, "a file in the place of the folder");
  const { sentence, fix } = await firstComplaint(world);
  expect(sentence).toContain(world.path);
  await bugFixAck(world);
  expect(world.complaints).toHaveLength(1);
  rmSync(world.path);
  await fix();
  expect(world.complaints).toHaveLength(2);
  expect(world.complaints[1]).toContain("written again");
  expect(world.notes()).toEqual(await world.drawnAnew());
});

test("a folder of notes that is a link is not followed", async () => {
  const world = vaultWorld();
  const outside = temporaryDirectory("outside");
  mkdirSync(world.path);
  symlinkSync(outside, join(world.path, "tasks"));
  await bugFixAck(world);
  const { sentence, fix } = await firstComplaint(world);
  expect(sentence).toContain("is a link");
  expect(readdirSync(outside)).toEqual([]);
  rmSync(join(world.path, "tasks"));
  await fix();
  expect(world.notes()).toEqual(await world.drawnAnew());
});

test("a link, a person's note and a folder in the place of a note are left as they are", async () => {
  const world = vaultWorld();
  const outside = join(temporaryDirectory("outside"), "target.md");
  writeFileSync(outside, "mine");
  await bugFixAck(world);
  const before = Object.keys(await world.drawnAnew());
  const [first = "", second = "", third = ""] = before.filter((path) => path.startsWith("tasks/"));
  for (const folder of ["tasks", "agents"]) mkdirSync(join(world.path, folder), { recursive: true });
  symlinkSync(outside, join(world.path, first));
  writeFileSync(join(world.path, second), "my own note");
  mkdirSync(join(world.path, third));
  writeFileSync(join(world.path, "agents/claude-a.md"), "my own note");
  writeFileSync(join(world.path, "README.md"), "my own vault");
  const vault = world.keep();
  await vault.settled();
  await vault.stop();
  expect(readFileSync(outside, "utf8")).toBe("mine");
  const notes = world.notes();
  expect(notes[second]).toBe("my own note");
  expect(notes["agents/claude-a.md"]).toBe("my own note");
  expect(notes["README.md"]).toBe("my own vault");
  const ids = [first, second, third].map((path) => path.replace(/\.md$/, "-"));
  for (const longer of ids) expect(Object.keys(notes).some((path) => path.startsWith(longer))).toBe(true);
  expect(world.complaints).toHaveLength(1);
  expect(world.complaints[0]).toContain("agents/claude-a.md is not cord's");
});

test("many changes of one task in a batch are one look at it, and an idle vault looks at nothing", async () => {
  const world = vaultWorld();
  const looks: string[] = [];
  const vault = world.keep({
    source: {
      ...world.source,
      events: (since, limit) => {
        looks.push("events");
        return world.source.events(since, limit);
      },
      tasks: (ids) => {
        looks.push(...ids);
        return world.source.tasks(ids);
      },
    },
  });
  const id = await world.send({ name: "x" });
  for (const agent of ["a", "b", "c"]) {
    await world.rig.call("tasks/claim", { id, agentId: agent });
    await world.rig.call("tasks/release", { id, agentId: agent });
  }
  await vault.settled();
  const before = looks.length;
  await world.rig.call("tasks/list", {});
  await vault.settled();
  expect(looks).toHaveLength(before);
  await vault.stop();
  await world.drawnAnew();
  const anew = world.keep({
    path: join(world.path, "again"),
    source: {
      ...world.source,
      tasks: (ids) => {
        looks.push(`anew ${ids.join(" ")}`);
        return world.source.tasks(ids);
      },
    },
  });
  await anew.settled();
  await anew.stop();
  expect(looks.filter((look) => look.startsWith("anew"))).toEqual([`anew ${id}`]);
});

test("a keeper that is stopped has drawn what was said before", async () => {
  const world = vaultWorld();
  const vault = world.keep({ restMs: 1e6 });
  await vault.settled();
  await bugFixAck(world);
  await vault.stop();
  expect(world.notes()).toEqual(await world.drawnAnew());
  expect(existsSync(join(world.path, ".cord/cursor.json"))).toBe(true);
});
