import { afterAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { startBoard } from "../support/machine/board.ts";
import { openPane } from "../support/terminal/pane.ts";

/**
 * What scripts of the board before this one type, and what they read: WIRE.md, "What the original's commands print".
 * They read a pipe, know no --json, and no flag that came later.
 */

const board = await startBoard();
await board.serve();
afterAll(() => board[Symbol.asyncDispose]());

const Sent = z.object({ id: z.string(), name: z.string(), number: z.number() });

/** What a command prints, as JSON that is indented. */
async function said(...args: string[]): Promise<unknown> {
  const { code, out, err } = await board.cord(...args);
  expect({ args, code, err }).toEqual({ args, code: 0, err: "" });
  const value: unknown = JSON.parse(out);
  expect(out).toBe(`${JSON.stringify(value, null, 2)}\n`);
  return value;
}

async function sent(...args: string[]): Promise<z.infer<typeof Sent>> {
  return Sent.parse(await said("send", ...args));
}

test("the commands of a task's life print JSON where nobody sits at a terminal", async () => {
  const { id } = await sent("Login fails", "--kind", "bug", "--payload", '{"file":"login.ts"}');
  expect(await said("heartbeat", "alice")).toEqual({ ok: true });
  expect(await said("claim", id, "--as", "alice")).toMatchObject({
    id,
    state: "claimed",
    claimed_by: "alice",
  });
  expect(await said("extend", id, "--as", "alice")).toEqual({ ok: true, lease_until: expect.any(String) });
  expect(await said("complete", id, "--result", '{"sha":"abc"}', "--ack", "v1.1 stable")).toMatchObject({
    ok: true,
    ack: { name: "v1.1 stable", kind: "ack" },
  });
  expect(await said("wait", "--kind", "ack", "--name-contains", "V1.1 STABLE")).toMatchObject({
    name: "v1.1 stable",
  });
  expect(await said("cancel", (await sent("never mind")).id)).toEqual({ ok: true });
  expect(await said("reclaim")).toEqual([]);
});

test("at a terminal they print words, and JSON only when asked", async () => {
  await using pane = await openPane(board.argv("send", "at a terminal"), board);
  const { code, screen } = await pane.ended();
  expect({ code, screen: screen.trim() }).toEqual({
    code: 0,
    screen: expect.stringMatching(/^\d+ {2}[0-9a-f-]{36} {2}pending {2}at a terminal$/),
  });
  await using asked = await openPane(board.argv("send", "as JSON", "--json"), board);
  expect(JSON.parse((await asked.ended()).screen)).toMatchObject({ name: "as JSON" });
});

test("a result that is no JSON is text, and one that only looks like JSON is said to be text", async () => {
  const results = ["mended in abc123", "42", '"quoted"', "{sha: abc}"];
  const kept: unknown[] = [];
  const complaints: string[] = [];
  for (const result of results) {
    const { id } = await sent("to be done", "--kind", "result");
    await said("claim", id, "--as", "alice");
    const { code, err } = await board.cord("complete", id, "--result", result);
    expect(code).toBe(0);
    complaints.push(err);
    kept.push((await board.client.call("tasks/get", { id }))?.result);
  }
  expect(kept).toEqual(["mended in abc123", 42, "quoted", "{sha: abc}"]);
  expect(complaints).toEqual(["", "", "", "--result is no JSON, so it is kept as text.\n"]);
});

test("a list is a line a task, newest first, whole, in columns that are padded", async () => {
  const long = `columns ${"long ".repeat(40)}`.trim();
  await sent("first", "--kind", "columns", "--priority", "low");
  await sent("last", "--kind", "columns-of-a-long-kind");
  const { id } = await sent(long, "--kind", "columns");
  await said("claim", id, "--as", "an-agent-of-a-long-name");
  const { out } = await board.cord("tasks", "--kind", "columns", "--kind", "columns-of-a-long-kind");
  const [head, ...rows] = out.trimEnd().split("\n");
  expect(head).toBe("ID          STATE       PRIO      KIND        CLAIMED_BY            NAME");
  expect(rows.map((row) => row.replace(/^[0-9a-f-]{8,} +/, ""))).toEqual([
    `claimed     normal    columns     an-agent-of-a-long-name  ${long}`,
    "pending     normal    columns-of-a-long-kind  -                     last",
    "pending     low       columns     -                     first",
  ]);
  expect((await board.cord("tasks", "--limit", "0")).out).toBe(`${head}\n`);
});

test("agents and status print what scripts cut out of them", async () => {
  await said("heartbeat", "script-agent", "--name", "Agent of a script");
  const [head, ...rows] = (await board.cord("agents")).out.split("\n");
  expect(head).toBe("ID                      NAME                    AGE       STATUS");
  expect(rows).toContainEqual(
    expect.stringMatching(/^script-agent {12}Agent of a script {7}\d+s {7,8}active$/),
  );
  const { out } = await board.cord("status");
  expect(out).toMatch(
    /^cord \(http:\S+\)\n {2}agents {5}: \d+\n {2}tasks {6}: \d+ \(pending: \d+, claimed: \d+\)\n$/,
  );
});

test("flags that are given again add up", async () => {
  const tasks = [
    await sent("a", "--kind", "sum-a", "--priority", "low"),
    await sent("b", "--kind", "sum-b", "--priority", "high"),
    await sent("c", "--kind", "sum-c", "--priority", "urgent"),
  ];
  const names = async (...args: string[]) =>
    z
      .array(Sent)
      .parse(JSON.parse((await board.cord("tasks", "--json", ...args)).out))
      .map(({ name }) => name);
  expect(await names("--kind", "sum-a", "--kind", "sum-b,sum-c")).toEqual(["c", "b", "a"]);
  const kinds = ["--kind", "sum-a,sum-b,sum-c"];
  expect(await names(...kinds, "--priority", "low", "--priority", "urgent")).toEqual(["c", "a"]);
  expect(await names(...kinds, "--state", "claimed", "--state", "pending")).toEqual(["c", "b", "a"]);
  const [a = "", b = "", c = ""] = tasks.map(({ id }) => id);
  const left = await board.cord(
    "wait",
    ...kinds,
    "--ignore-id",
    a,
    "--ignore-id",
    `${b},${c}`,
    "--timeout",
    "0",
  );
  expect(left.code).toBe(2);
  const forms = [a.toUpperCase(), b.replaceAll("-", ""), String(tasks[2]?.number)];
  const ignored = forms.flatMap((id) => ["--ignore-id", id]);
  expect((await board.cord("wait", ...kinds, ...ignored, "--timeout", "0")).code).toBe(2);
  const needy = await said("send", "needy", "--needs", a, "--needs", b);
  expect(needy).toMatchObject({ needs: [a, b] });
});

test("a limit of more than the most is the most", async () => {
  await sent("one of all");
  for (const limit of ["1000001", "4294967295", "18446744073709551615"])
    expect(await board.cord("tasks", "--limit", limit)).toMatchObject({
      code: 0,
      out: expect.stringContaining("one of all"),
    });
  expect((await board.cord("runs", "--limit", "5000")).code).toBe(0);
});

test("a lease out of bounds is taken to the nearest, which is said beside the task", async () => {
  const { id } = await sent("long work");
  const [long, none] = [
    await board.cord("claim", id, "--as", "a", "--lease", "7200"),
    await sent("short work"),
  ];
  const times = z.object({ claimed_at: z.string(), lease_until: z.string() });
  const lengthOf = (out: string) => {
    const { claimed_at, lease_until } = times.parse(JSON.parse(out));
    return (Date.parse(lease_until) - Date.parse(claimed_at)) / 1000;
  };
  expect(lengthOf(long.out)).toBe(3600);
  expect(long.err).toBe("A lease is 1 s to 1 h long, so this one is 1 h.\n");
  const short = await board.cord("claim", String(none.id), "--as", "a", "--lease", "0");
  expect(lengthOf(short.out)).toBe(1);
});

test("a wait of no time looks once", async () => {
  const missed = await board.cord("wait", "--kind", "not-there", "--timeout", "0");
  expect({ code: missed.code, out: missed.out }).toEqual({ code: 2, out: "" });
  const { id } = await sent("there", "--kind", "is-there");
  expect(await said("wait", "--kind", "is-there", "--timeout", "0")).toMatchObject({ id });
});

test("flags may stand before the command, and -v is the version", async () => {
  const { url } = board;
  const env = { ...board.env, CORD_URL: "http://127.0.0.1:9/" };
  const run = (...args: string[]) =>
    Bun.spawn(board.argv(...args), { cwd: board.cwd, env, stdout: "pipe", stderr: "pipe" });
  expect(await run("--json", "--url", url, "status").stdout.json()).toMatchObject({ tasks: {} });
  expect(await run(`--url=${url}`, "tasks", "--limit", "1", "--json").stdout.json()).toBeArray();
  const versions = await Promise.all(["-v", "-V", "--version"].map((flag) => board.cord(flag)));
  for (const { code, out } of versions)
    expect({ code, out }).toEqual({ code: 0, out: versions[0]?.out ?? "" });
  expect(versions[0]?.out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test("init makes the folder that is named", async () => {
  const folder = join(board.cwd, "new", "project");
  expect((await board.cord("init", folder, "--yes", "--client", "claude")).code).toBe(0);
  expect(existsSync(join(folder, ".mcp.json"))).toBe(true);
  expect((await board.cord("init", join(board.cwd, "other"), "--check")).code).toBe(1);
  expect(existsSync(join(board.cwd, "other"))).toBe(false);
});

test("a person who waits sees for what, and a script is not spoken to", async () => {
  await using pane = await openPane(board.argv("wait", "--kind", "never", "--timeout", "90"), board);
  await pane.shows("Waiting for a task that is pending, of kind never, of this project, up to 1m30s.");
  await pane.press("C-c");
  expect((await pane.ended()).code).toBe(130);
});
