import { afterEach, describe, expect, test } from "bun:test";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EngineOptions } from "../../src/engine/engine-options.ts";
import { claudePath } from "../support/claude/claude.ts";
import { call, say } from "../support/claude/model.ts";
import { canMount, smallDisk } from "../support/machine/small-disk.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";
import { endStarted, world } from "../support/engine/engine-world.ts";

/** What of the machine stands in the way of a run: no node pays for it, and the run goes on once it is fixed. */

afterEach(endStarted);

const holdTimes = { lookMs: 20, maxMs: 60_000 };

/** Notices of an engine, and the next that matches. */
function notices() {
  const waiting: { matches: RegExp; resolve: () => void }[] = [];
  const onNotice: EngineOptions["onNotice"] = (text) => {
    for (const { matches, resolve } of waiting) if (matches.test(text)) resolve();
  };
  const said = (matches: RegExp) => new Promise<void>((resolve) => waiting.push({ matches, resolve }));
  return { onNotice, said };
}

describe("a run", () => {
  test("whose directory is gone waits for it, names it, and goes on", async () => {
    const here = await world(() => say("There."));
    const cwd = join(temporaryDirectory("gone"), "project");
    const { onNotice, said } = notices();
    const engine = await here.engine({ cwd, holdTimes, onNotice });
    const held = said(
      /^No agent is started for now\. There is no directory \/\S+project any more\. Put it back/,
    );
    const over = engine.run();
    await held;
    mkdirSync(cwd);
    expect(await over).toEqual({ how: "ended" });
    const { nodes } = await here.client.call("runs/get", { run_id: here.runId });
    expect(nodes).toMatchObject([{ status: "complete", attempts: 1 }]);
  });

  test("whose program is gone waits for it, with how to install it, and goes on", async () => {
    const here = await world(() => say("There."));
    const path = here.env["PATH"] ?? "";
    here.env["PATH"] = "/usr/bin:/bin";
    const { onNotice, said } = notices();
    const engine = await here.engine({ holdTimes, onNotice });
    const held = said(/^No agent is started for now\. claude is not on PATH\. Install it with "npm install/);
    const over = engine.run();
    await held;
    here.env["PATH"] = path;
    expect(await over).toEqual({ how: "ended" });
    const { nodes } = await here.client.call("runs/get", { run_id: here.runId });
    expect(nodes).toMatchObject([{ status: "complete", attempts: 1 }]);
  });

  test("whose directory is renamed under its agent gives the node back uncharged, however often", async () => {
    const here = await world(() => say("In the end."));
    const folder = temporaryDirectory("moved");
    const [cwd, away] = [join(folder, "project"), join(folder, "renamed")];
    mkdirSync(cwd);
    const untilGone = `while [ -d ${cwd} ]; do sleep 0.02; done; echo "no directory" >&2; exit 1`;
    here.program("claude", `if [ -e ${folder}/well ]; then exec ${claudePath()} "$@"; fi\n${untilGone}`);
    const { onNotice, said } = notices();
    const engine = await here.engine({ cwd, holdTimes, onNotice });
    let started = here.next(({ type }) => type === "attempt.started");
    const over = engine.run();
    for (const round of [1, 2, 3]) {
      await started;
      started = here.next(({ type }) => type === "attempt.started");
      const held = said(/There is no directory/);
      const isGivenBack = here.next(({ type, number }) => type === "task.released" && number === 1);
      renameSync(cwd, away);
      await Promise.all([held, isGivenBack]);
      if (round === 3) writeFileSync(join(folder, "well"), "");
      renameSync(away, cwd);
    }
    expect(await over).toEqual({ how: "ended" });
    const { nodes } = await here.client.call("runs/get", { run_id: here.runId });
    expect(nodes).toMatchObject([{ status: "complete", attempts: 4, result: "In the end." }]);
  });

  test("takes no last text for what was handed in and refused meanwhile: its agent goes on in that session", async () => {
    const cwd = join(temporaryDirectory("refused"), "project");
    mkdirSync(cwd);
    let isAway = false;
    const here = await world(({ phase, stepSincePrompt }) => {
      if (phase === "synthesis") return say("All of it.");
      if (stepSincePrompt === 0 && !isAway) {
        renameSync(cwd, `${cwd}.away`);
        isAway = true;
        return call("create", { goal: "Later" });
      }
      if (stepSincePrompt === 1) return call("complete", {});
      return say(stepSincePrompt === 0 ? "Planned." : "Not that.");
    });
    const { onNotice, said } = notices();
    const engine = await here.engine({ cwd, holdTimes, onNotice });
    const isGivenBack = here.next(({ type, number }) => type === "task.released" && number === 1);
    const held = said(/There is no directory/);
    const over = engine.run();
    await held;
    await isGivenBack;
    renameSync(`${cwd}.away`, cwd);
    expect(await over).toEqual({ how: "ended" });
    const { nodes } = await here.client.call("runs/get", { run_id: here.runId });
    expect(nodes[0]).toMatchObject({ status: "complete", attempts: 3, result: "All of it." });
  });

  test("whose program is replaced while it starts tries again, uncharged; one that fails by itself is charged", async () => {
    const here = await world(() => say("By the new one."));
    here.program(
      "claude",
      `printf '#!/bin/sh\\nexec ${claudePath()} "$@"\\n' > "$0.new"; chmod +x "$0.new"; mv "$0.new" "$0"; exit 1`,
    );
    const engine = await here.engine({ holdTimes });
    expect(await engine.run()).toEqual({ how: "ended" });
    const { nodes } = await here.client.call("runs/get", { run_id: here.runId });
    expect(nodes).toMatchObject([{ status: "complete", attempts: 2, result: "By the new one." }]);
  });

  test("whose program cannot be run at all is held up, and halts with the fix when nobody fixes it", async () => {
    const here = await world();
    writeFileSync(join(here.bin, "claude"), "\x7fELF, but cut off", { mode: 0o755 });
    const engine = await here.engine({ holdTimes: { lookMs: 1, maxMs: 50 } });
    expect(await engine.run()).toMatchObject({
      how: "halted",
      reason: expect.stringMatching(/Claude Code did not start: .*go on with "cord run --resume"/),
    });
    const { nodes } = await here.client.call("runs/get", { run_id: here.runId });
    expect(nodes).toMatchObject([{ status: "pending" }]);
  });

  test.skipIf(!canMount)(
    "whose disk is full starts nothing, says how much is left, and goes on when there is room (needs mount)",
    async () => {
      using disk = smallDisk(4);
      if (disk === null) throw new Error("no disk");
      const here = await world(() => say("There is room."));
      const { onNotice, said } = notices();
      const engine = await here.engine({ folder: join(disk.folder, "runs"), holdTimes, onNotice });
      disk.fill(100_000);
      const held = said(
        /^No agent is started for now\. The disk under \/\S+ is full \(\d+ KiB left\)\. Free some space/,
      );
      const over = engine.run();
      await held;
      disk.empty();
      expect(await over).toEqual({ how: "ended" });
      const { nodes } = await here.client.call("runs/get", { run_id: here.runId });
      expect(nodes).toMatchObject([{ status: "complete", attempts: 1 }]);
    },
  );
});
