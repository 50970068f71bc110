import { afterEach, expect, test } from "bun:test";
import {
  closeSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { openDaemonLog } from "../../src/client/daemon/log.ts";
import { logBounds, rotateLog } from "../../src/system/rotated-log.ts";
import { cordBinary } from "../support/machine/binary.ts";
import { start } from "../support/machine/command.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";
import { until } from "../support/until.ts";
import { expectMode } from "../support/expect-mode.ts";

const programs = join(import.meta.dir, "../support/programs");
let child: Bun.Subprocess | null = null;

afterEach(async () => {
  child?.kill("SIGKILL");
  await child?.exited;
  child = null;
});

const newLog = () => {
  const file = join(temporaryDirectory("log"), "cord", "daemon.log");
  mkdirSync(dirname(file));
  return file;
};

test("a log that has grown begins anew at a daemon's start, and three old ones are kept, which only their owner reads", () => {
  const file = newLog();
  for (const round of ["1st", "2nd", "3rd", "4th"]) {
    writeFileSync(file, round.padEnd(2_000_000, "ä"));
    closeSync(openDaemonLog(file));
    expect(statSync(file).size).toBe(0);
    expect(readFileSync(`${file}.1`, "utf8")).toBe(round.padEnd(2_000_000, "ä"));
  }
  const old = ["daemon.log.1", "daemon.log.2", "daemon.log.3"];
  expect(readdirSync(dirname(file)).toSorted()).toEqual(["daemon.log", ...old]);
  expect(old.map((name) => readFileSync(join(dirname(file), name), "utf8").slice(0, 3))).toEqual([
    "4th",
    "3rd",
    "2nd",
  ]);
  expectMode(`${file}.1`, 0o600);
});

test("of a log that is far too large the end is kept, and a small one stays", () => {
  const file = newLog();
  writeFileSync(file, "small");
  rotateLog(file);
  expect(readFileSync(file, "utf8")).toBe("small");
  writeFileSync(file, `${"x".repeat(20_000_000)}end`);
  rotateLog(file);
  expect(statSync(`${file}.1`).size).toBe(4 * logBounds.bytes);
  expect(readFileSync(`${file}.1`, "utf8")).toEndWith("end");
});

test("cord daemon logs goes on in the old ones for the lines that a log which has just begun anew does not have", async () => {
  const file = newLog();
  writeFileSync(`${file}.2`, "one\ntwo\n");
  writeFileSync(`${file}.1`, "three\n");
  writeFileSync(file, "four\n");
  const env = { XDG_DATA_HOME: dirname(dirname(file)), HOME: dirname(file) };
  const logs = async (lines: number) =>
    (await start([await cordBinary(), "daemon", "logs", "-n", String(lines)], { cwd: "/", env }).ended).out;
  expect(await logs(3)).toBe("two\nthree\nfour\n");
  expect(await logs(1)).toBe("four\n");
  expect(await logs(9)).toBe("one\ntwo\nthree\nfour\n");
});

test("a link in a log's place is refused, and one in that of an old log is replaced: what they lead to stays", () => {
  const file = newLog();
  const elsewhere = join(temporaryDirectory("elsewhere"), "file");
  writeFileSync(elsewhere, "x".repeat(2_000_000));
  symlinkSync(elsewhere, file);
  expect(() => rotateLog(file)).toThrow(expect.objectContaining({ code: "failed" }));
  const other = newLog();
  writeFileSync(other, "y".repeat(2_000_000));
  symlinkSync(elsewhere, `${other}.1`);
  symlinkSync(elsewhere, `${other}.part`);
  rotateLog(other);
  expect(readFileSync(`${other}.1`, "utf8")).toStartWith("y");
  expect(statSync(elsewhere).size).toBe(2_000_000);
});

test("a daemon that complains in a loop has its log begin anew again and again, and its descriptor goes on at the beginning", async () => {
  const file = newLog();
  const log = openDaemonLog(file);
  child = Bun.spawn([process.execPath, join(programs, "loud-daemon.ts"), file], {
    stdio: ["ignore", "ignore", log],
  });
  closeSync(log);
  await until("three old logs and a new one", () => existsSync(`${file}.3`) && statSync(file).size > 0);
  child.kill("SIGKILL");
  await child.exited;
  const text = readFileSync(file, "utf8");
  // not behind a hole of as many zeros as there were bytes before
  expect(text).toStartWith("cord serve: complaint");
  for (const name of readdirSync(dirname(file)))
    expect(statSync(join(dirname(file), name)).size).toBeLessThanOrEqual(4 * logBounds.bytes);
});

test("of different complaints two hundred are said in a minute, none of them without bounds", async () => {
  child = Bun.spawn([process.execPath, join(programs, "complaining.ts")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const said = await new Response(child.stderr instanceof ReadableStream ? child.stderr : null).text();
  const lines = said.trimEnd().split("\n");
  expect(lines).toHaveLength(200);
  expect(lines[0]).toBe("cord serve: the same");
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(5000);
});
