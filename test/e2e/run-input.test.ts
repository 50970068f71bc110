import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runWorld } from "../support/run-world.ts";

/** Input that cannot be meant: one clear sentence, the exit code, and nothing started. */

setDefaultTimeout(60_000);

const wrong: [what: string, args: string[], code: number, sentence: RegExp][] = [
  ["no goal", [], 64, /Say what is to be done/],
  ["an empty goal", [""], 64, /Say what is to be done/],
  ["an unknown flag", ["A goal", "--fast"], 64, /unknown option '--fast'/],
  ["a file that is not there", ["missing.md"], 64, /There is no file missing\.md/],
  ["an empty file", ["empty.md"], 64, /empty\.md is empty/],
  ["a directory", ["plans"], 64, /plans is a directory/],
  ["a binary file", ["picture.png"], 64, /picture\.png is not a text file/],
  ["a file that is too large", ["large.md"], 64, /large\.md is larger than/],
  [
    "a budget that is no number",
    ["A goal", "--budget", "much"],
    64,
    /--budget.*'much' is invalid.*number above 0/,
  ],
  ["a budget of nothing", ["A goal", "--budget", "0"], 64, /--budget.*number above 0/],
  ["a negative total budget", ["A goal", "--total-budget=-1"], 64, /--total-budget.*number above 0/],
  ["no jobs", ["A goal", "--jobs", "0"], 64, /--jobs.*whole number/],
  ["a time that is none", ["A goal", "--timeout", "soon"], 64, /--timeout.*duration/],
  [
    "an unknown permission mode",
    ["A goal", "--permission-mode", "yolo"],
    64,
    /Allowed choices are acceptEdits/,
  ],
  ["an unknown agent", ["A goal", "--agent", "emacs"], 64, /There is no agent "emacs"/],
  ["a goal for a run that has one", ["A goal", "--resume", "abcd"], 64, /--resume goes on with a run/],
  [
    "a daemon that is elsewhere and not there",
    ["A goal", "--url", "http://192.0.2.1:1"],
    1,
    /No cord daemon answers/,
  ],
  ["an address that is none", ["A goal", "--url", "not a url"], 64, /not a url/],
];

test.each(wrong)("%s", async (_, args, code, sentence) => {
  await using world = await runWorld();
  writeFileSync(join(world.cwd, "empty.md"), " \n\n");
  writeFileSync(join(world.cwd, "large.md"), "x".repeat(2_000_000));
  writeFileSync(join(world.cwd, "picture.png"), new Uint8Array([137, 80, 78, 71, 0, 1, 2]));
  mkdirSync(join(world.cwd, "plans"));
  const flags = args.includes("--resume")
    ? args.toSpliced(args.indexOf("--resume"), 2, "--resume=abcd")
    : args;
  const { code: exit, out, err } = await world.cord("run", ...flags);
  expect({ exit, out }).toEqual({ exit: code, out: "" });
  expect(err).toMatch(sentence);
  expect(err.trim().split("\n").length).toBeLessThanOrEqual(2);
  expect(err).not.toMatch(/\n\s+at /);
  expect(world.processes()).toEqual([]);
  expect(existsSync(join(world.env["XDG_DATA_HOME"] ?? "", "cord/cord.db"))).toBe(false);
});

test("a file that may not be read", async () => {
  // root may read everything
  if (process.getuid?.() === 0) return;
  await using world = await runWorld();
  writeFileSync(join(world.cwd, "secret.md"), "# Secret\n");
  chmodSync(join(world.cwd, "secret.md"), 0);
  const { code, err } = await world.cord("run", "secret.md");
  expect({ code, err }).toMatchObject({ code: 64, err: expect.stringContaining("cannot be read") });
});

test("no claude", async () => {
  await using world = await runWorld();
  world.env["PATH"] = "/usr/bin:/bin";
  const { code, out, err } = await world.cord("run", "A goal");
  expect({ code, out, err }).toEqual({
    code: 1,
    out: "",
    err: 'cord run: claude is not on PATH. Install it with "npm install -g @anthropic-ai/claude-code", or try --rehearse.\n',
  });
  expect(world.processes()).toEqual([]);
});

test("something else at the daemon's address", async () => {
  await using world = await runWorld();
  const other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => Response.json({ hello: "there" }) });
  try {
    const { code, err } = await world.cord("run", "A goal", "--url", `http://127.0.0.1:${other.port}`);
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("is not cord") });
    expect(err.trim().split("\n")).toHaveLength(1);
    expect(world.processes()).toEqual([]);
  } finally {
    await other.stop(true);
  }
});
