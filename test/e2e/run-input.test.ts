import { expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { start } from "../support/machine/command.ts";
import { runWorld, type World } from "../support/machine/run-world.ts";

/** Input that cannot be meant: one clear sentence, the exit code, and nothing started. */

const wrong: [what: string, args: string[], code: number, sentence: RegExp][] = [
  ["no goal", [], 64, /Say what is to be done/],
  ["an empty goal", [""], 64, /Say what is to be done/],
  ["an unknown flag", ["A goal", "--fast"], 64, /unknown option '--fast'/],
  ["a file that is not there", ["missing.md"], 64, /There is no file missing\.md/],
  ["a path with a slash that is not there", ["plans/next"], 64, /There is no file plans\/next/],
  ["a path in quotes that is not there", ["./my plan.md"], 64, /There is no file \.\/my plan\.md/],
  ["a file of another kind that is not there", ["plan.yaml"], 64, /There is no file plan\.yaml/],
  [
    "a plan with a remark that is not there",
    ["missing.md", "be", "quick"],
    64,
    /There is no file missing\.md/,
  ],
  ["a plan without its ending", ["empty"], 64, /There is no file empty, but there is empty\.md/],
  ["a command's name", ["status"], 64, /status is a word of cord's own.*Call "cord status"/],
  ["a flag without its hyphens", ["resume", "01a1fd89"], 64, /Call "cord run --resume"/],
  ["two plans", ["empty.md", "large.md"], 64, /empty\.md and large\.md are both files/],
  ["a flag with a long dash", ["A goal", "—jobs", "4"], 64, /—jobs begins with a long dash/],
  ["a file in another coding", ["latin.md"], 64, /latin\.md is not in UTF-8/],
  ["standard input with nothing in it", ["-"], 64, /Standard input is empty/],
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
  writeFileSync(join(world.cwd, "latin.md"), new Uint8Array([0x47, 0xfc, 0x6e]));
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

/** A rehearsal, begun by a line of shell in which "$@" is `cord run --rehearse --json`. */
async function rehearsed(world: World, line: string): Promise<{ goal: string; prompt: string | undefined }> {
  const argv = ["bash", "-c", line, "bash", world.binary, "run", "--rehearse", "--json"];
  const { code, out, err } = await start(argv, world).ended;
  expect({ line, code, err }).toMatchObject({ code: 0 });
  const { goal, nodes } = JSON.parse(out);
  const root = await world.client.call("tasks/get", { id: nodes[0].id });
  return { goal, prompt: root?.prompt };
}

test("a goal comes from words, a file, or standard input, and what follows a plan is a remark to it", async () => {
  await using world = await runWorld();
  writeFileSync(join(world.cwd, "plan.md"), "\ufeff---\ntags: [a]\n---\r\n# A plan\r\n\r\nWords.\r\n");
  writeFileSync(join(world.cwd, "build"), "#!/bin/sh\n");
  const plan = "---\ntags: [a]\n---\n# A plan\n\nWords.\n";
  const goals: [line: string, goal: string, prompt: string | undefined][] = [
    ['"$@" plan.md', "A plan", plan],
    ['"$@" < plan.md', "A plan", plan],
    ['cat plan.md | "$@" -', "A plan", plan],
    ['"$@" <(cat plan.md)', "A plan", plan],
    ['"$@" plan.md but quickly', "A plan", `${plan}\nWho started this adds: but quickly\n`],
    ['echo Think | "$@" - hard', "Think", "Think\n\nWho started this adds: hard\n"],
    ['echo Think | "$@"', "Think", undefined],
    ['"$@" build the app', "build the app", undefined],
    ['"$@" "Say what I/O is, for docs/io.md"', "Say what I/O is, for docs/io.md", undefined],
    ['"$@" -- --jobs is a flag', "--jobs is a flag", undefined],
    ['"$@" 比较TCP/IP和UDP', "比较TCP/IP和UDP", undefined],
  ];
  for (const [line, goal, prompt] of goals)
    expect({ line, ...(await rehearsed(world, line)) }).toEqual({ line, goal, prompt });
});

test("a pipe without words that stays silent is said to be waited for; with nothing in it, it is no goal", async () => {
  await using world = await runWorld();
  const silent = start(["bash", "-c", 'mkfifo pipe && exec "$0" run <> pipe', world.binary], world);
  await silent.says("waiting for the goal from standard input");
  silent.signal("SIGTERM");
  await silent.ended;
  for (const line of ['true | "$0" run', '"$0" run <&-', '"$0" run < /dev/null'])
    expect(await start(["bash", "-c", line, world.binary], world).ended).toMatchObject({
      code: 64,
      err: expect.stringContaining("Say what is to be done"),
    });
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
