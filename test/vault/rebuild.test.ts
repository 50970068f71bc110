import { expect, test } from "bun:test";
import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Source } from "../../src/vault/source.ts";
import { bugFixAck, smallRun } from "../support/vault/stories.ts";
import { vaultWorld, type VaultWorld } from "../support/vault/vault-world.ts";

/** Twice the same story: names that would collide, and logs that go on. */
async function stories(world: VaultWorld): Promise<void> {
  await bugFixAck(world);
  await smallRun(world);
  await bugFixAck(world);
}

test("a vault that is drawn anew is that of one that grew with the events, byte for byte", async () => {
  const world = vaultWorld();
  const vault = world.keep();
  await stories(world);
  await vault.settled();
  await vault.stop();
  const grown = world.notes();
  expect(await world.drawnAnew()).toEqual(grown);
  rmSync(world.path, { recursive: true });
  const again = world.keep();
  await again.settled();
  await again.stop();
  expect(world.notes()).toEqual(grown);
});

test("a vault whose keeper died at any moment catches up from where it was", async () => {
  const world = vaultWorld();
  await stories(world);
  const whole = await world.drawnAnew();
  for (let calls = 1; ; calls += 1) {
    const { source, died } = dyingAfter(world.source, calls);
    const vault = world.keep({ source: inSmallBatches(source), retryMs: { min: 1e9, max: 1e9 } });
    await Promise.race([died, vault.settled()]);
    const done = calls > 500 || Object.keys(world.notes()).length === Object.keys(whole).length;
    await vault.stop();
    if (done) break;
  }
  const last = world.keep();
  await last.settled();
  await last.stop();
  expect(world.notes()).toEqual(whole);
  expect(world.complaints.length).toBeGreaterThan(0);
});

test("a log that a crash has cut in the middle of a line goes on whole, without a line twice", async () => {
  const world = vaultWorld();
  await world.rig.call("agents/heartbeat", { id: "claude-a", name: "A" });
  const first = world.keep();
  await first.settled();
  await first.stop();
  const cursor = readFileSync(join(world.path, ".cord/cursor.json"), "utf8");
  await stories(world);
  const second = world.keep();
  await second.settled();
  await second.stop();
  writeFileSync(join(world.path, ".cord/cursor.json"), cursor);
  appendFileSync(join(world.path, "agents/claude-a.md"), "- 2026-01-01 00:00:00 cla");
  await world.rig.call("agents/heartbeat", { id: "claude-a", name: "B" });
  const third = world.keep();
  await third.settled();
  await third.stop();
  expect(world.notes()).toEqual(await world.drawnAnew());
});

test("a vault of another database is left alone, and of one that was set back it is drawn anew", async () => {
  const world = vaultWorld();
  const vault = world.keep();
  await bugFixAck(world);
  await vault.settled();
  await vault.stop();
  const before = world.notes();

  const other = vaultWorld();
  other.rig.advance(5000);
  await other.send({ name: "elsewhere" });
  const complained = Promise.withResolvers<string>();
  const wrong = other.keep({ path: world.path, complain: complained.resolve });
  expect(await complained.promise).toContain("another database");
  await wrong.stop();
  expect(world.notes()).toEqual(before);

  const older = vaultWorld();
  await older.rig.call("agents/heartbeat", { id: "claude-a", name: "Claude A" });
  await older.send({ name: "what was kept" });
  const fixed = older.keep({ path: world.path });
  await fixed.settled();
  await fixed.stop();
  const log = older.notes(world.path)["agents/claude-a.md"];
  expect(log).toContain("^e1");
  expect(log).not.toContain("^e5");
});

/** A source that fails for good after so many calls: what the keeper was about to do never happens. */
function dyingAfter(source: Source, calls: number): { source: Source; died: Promise<void> } {
  const dead = Promise.withResolvers<void>();
  let left = calls;
  const alive =
    <Args extends unknown[], T>(method: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      if (left <= 0) {
        dead.resolve();
        throw new Error("gone");
      }
      left -= 1;
      return method(...args);
    };
  return {
    died: dead.promise,
    source: {
      events: alive(source.events),
      tasks: alive(source.tasks),
      births: alive(source.births),
      referred: alive(source.referred),
      run: alive(source.run),
    },
  };
}

/** At most a few events at a time, so that there are many moments to die at. */
function inSmallBatches(source: Source): Source {
  return { ...source, events: (since, limit) => source.events(since, Math.min(limit, 5)) };
}
