import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { channelLifeline } from "../../../src/engine/process/lifeline-channel.ts";
import { lifelineKind, type LifelineKind } from "../../../src/engine/process/lifeline.ts";
import { ShimProcess } from "../../../src/engine/process/shim-process.ts";
import type { ShimReport } from "../../../src/engine/process/shim.ts";
import { shimPath } from "../../support/engine/program.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";

test.each<[NodeJS.Platform, LifelineKind]>([
  ["linux", "socket"],
  ["darwin", "socket"],
  ["win32", "channel"],
])("the lifeline on %s is a %s", (platform, kind) => {
  expect(lifelineKind(platform)).toBe(kind);
});

describe("a shim whose lifeline is a channel, as on Windows", () => {
  test("reports its start and its end, and rings for what is written", async () => {
    const { shim, reports, bells, output } = start('read -r line; echo "got $line"; echo beside >&2; exit 4');
    await shim.stdin.write("word\n");
    expect(await shim.ended).toMatchObject({ failed: null, code: 4, signal: null });
    expect(reports.map((report) => Object.keys(report)[0])).toEqual(["started", "exited"]);
    expect(bells()).toBeGreaterThan(0);
    // the order has its two outputs brought together
    expect(output().split("\n").toSorted()).toEqual(["", "beside", "got word"]);
  });

  test("is told to end", async () => {
    const { shim, up } = start("trap 'exit 9' TERM; echo up; while :; do sleep 0.01; done");
    await up;
    await shim.end(60_000);
    expect(await shim.ended).toMatchObject({ code: 9 });
  });

  test("names what does not start", async () => {
    const { shim } = start(null);
    expect((await shim.ended).failed?.code).toBe("ENOENT");
  });
});

describe("a channel", () => {
  test("has one bell under way at a time, loses none, and is flushed when all is sent", async () => {
    const sent: [string, () => void][] = [];
    const { lifeline } = channelLifeline(
      { send: (line, done) => sent.push([line, done]), disconnect: () => {} },
      () => {},
    );
    lifeline.send("report");
    lifeline.ring();
    lifeline.ring();
    expect(sent.map(([line]) => line)).toEqual(["report", ""]);
    let isFlushed = false;
    const flushed = lifeline.flushed().then(() => (isFlushed = true));
    sent[0]?.[1]();
    // the second was rung when the first was under way
    sent[1]?.[1]();
    expect(sent.map(([line]) => line)).toEqual(["report", "", ""]);
    await Promise.resolve();
    expect(isFlushed).toBe(false);
    sent[2]?.[1]();
    await flushed;
  });

  test("that has ended takes no more, throws nothing, and hears only text", async () => {
    const lines: string[] = [];
    const { lifeline, heard, ended } = channelLifeline(
      {
        send: () => {
          throw new Error("the other side is gone");
        },
        disconnect: () => {},
      },
      (line) => lines.push(line),
    );
    lifeline.send("end 0");
    await lifeline.flushed();
    for (const message of [{ end: 0 }, 1, null, "took"]) heard(message);
    ended();
    await lifeline.closed;
    lifeline.send("end 0");
    await lifeline.flushed();
    expect(lines).toEqual(["took"]);
  });
});

/** script: null: a program that is not there */
function start(script: string | null) {
  const dir = temporaryDirectory("channel");
  const reports: ShimReport[] = [];
  const up = Promise.withResolvers<void>();
  let bells = 0;
  const shim = new ShimProcess({
    order: {
      dir,
      cwd: dir,
      attempt: `${crypto.randomUUID()}/1/1`,
      vital: [],
      capBytes: 1_000_000,
      joined: true,
      verbatim: false,
    },
    argv: script === null ? ["/nowhere/agent"] : ["sh", "-c", script],
    env: process.env,
    shimCommand: shimPath,
    platform: "win32",
    onReport: (report) => reports.push(report),
    onBell: () => {
      bells += 1;
      up.resolve();
    },
  });
  const output = () => readFileSync(join(dir, "output.jsonl"), "utf8");
  return { shim, reports, bells: () => bells, up: up.promise, output };
}
