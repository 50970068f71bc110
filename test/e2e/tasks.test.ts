import { afterAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import { startBoard } from "../support/machine/board.ts";
import { openPane } from "../support/terminal/pane.ts";
import { until } from "../support/until.ts";
import { rpcCall } from "../support/rpc.ts";

/** `cord tasks`, as a process, on a terminal and in a pipe. */

const board = await startBoard();
await board.serve();
afterAll(() => board[Symbol.asyncDispose]());

function send(
  name: string,
  more: { kind?: string; priority?: string; project?: string | undefined; needs?: string[] } = {},
) {
  return board.client.call("tasks/send", { name, project: board.cwd, ...more });
}

async function names(...args: string[]): Promise<string[]> {
  const { code, out } = await board.cord("tasks", "--json", ...args);
  expect(code).toBe(0);
  return z
    .array(z.object({ name: z.string() }))
    .parse(JSON.parse(out))
    .map(({ name }) => name);
}

describe("a list that is cut", () => {
  test("says how many there are: on a terminal below it, elsewhere on stderr", async () => {
    for (const name of ["one", "two", "three"]) await send(name, { kind: "cut" });
    const piped = await board.cord("tasks", "--kind", "cut", "--limit", "2");
    expect(piped.out.trimEnd().split("\n")).toHaveLength(3);
    expect(piped.err).toBe("Showing 2 of 3 (--limit)\n");
    expect((await board.cord("tasks", "--kind", "cut", "--limit", "0")).err).toBe(
      "Showing 0 of 3 (--limit)\n",
    );
    expect((await board.cord("tasks", "--kind", "cut", "--limit", "3")).err).toBe("");
    await using pane = await openPane(board.argv("tasks", "--kind", "cut", "--limit", "2"), board);
    expect((await pane.ended()).screen).toContain("two\nShowing 2 of 3 (--limit)\n");
  });

  test("counts up to ten thousand, and lists more than one answer of the daemon holds", async () => {
    const sends = rpcCall("tasks/send", { name: "n", kind: "ten-thousand" });
    for (let count = 0; count < 101; count += 1) await board.rpc(Array.from({ length: 100 }, () => sends));
    const kind = { kind: "ten-thousand" };
    expect(await board.client.call("tasks/count", kind)).toEqual({ count: 10_000, more: true });
    const { out, err } = await board.cord("tasks", "--kind", "ten-thousand", "--limit", "2500");
    expect(out.trimEnd().split("\n")).toHaveLength(2501);
    expect(err).toBe("Showing 2500 of more than 10000 (--limit)\n");
  });
});

describe("what is listed", () => {
  test("is in the order that is asked for, over all of it and not only the newest", async () => {
    const kind = "sorted";
    await send("b", { kind, priority: "urgent" });
    await send("c", { kind, priority: "low" });
    await send("a", { kind });
    const list = (...args: string[]) => names("--kind", kind, ...args);
    expect(await list()).toEqual(["a", "c", "b"]);
    expect(await list("--sort", "oldest")).toEqual(["b", "c", "a"]);
    expect(await list("--sort", "priority")).toEqual(["b", "a", "c"]);
    expect(await list("--sort", "priority", "--limit", "1")).toEqual(["b"]);
    expect(await list("--sort", "name")).toEqual(["a", "b", "c"]);
    expect((await board.cord("tasks", "--sort", "colour")).code).toBe(64);
  });

  test("is found by a part of its name, and what can be claimed now apart from what waits", async () => {
    const kind = "found";
    const first = await send("Mend the LOGIN", { kind, priority: "low" });
    await send("login, again", { kind, priority: "urgent", needs: [first.id] });
    await send("logout", { kind });
    expect(await names("--kind", kind, "--search", "Login")).toEqual(["login, again", "Mend the LOGIN"]);
    expect(await names("--kind", kind, "--ready")).toEqual(["logout", "Mend the LOGIN"]);
  });

  test("has its project beside it with --all", async () => {
    await send("theirs", { kind: "projects", project: "/srv/shop" });
    await send("everybody's", { kind: "projects", project: undefined });
    const args = board.argv("tasks", "--kind", "projects", "--all");
    const piped = await board.cord("tasks", "--kind", "projects", "--all");
    expect(piped.out).toMatch(/^ID .* CLAIMED_BY {12}PROJECT {15}NAME\n/);
    expect(piped.out).toMatch(/- {21}\/srv\/shop {13}theirs\n/);
    await using pane = await openPane(args, board);
    expect((await pane.ended()).screen).toMatch(/PROJECT +NAME\n[^]* shop +theirs\n/);
  });

  test("is whole in JSON, however long", async () => {
    const payload = "x".repeat(1_000_000);
    await board.client.call("tasks/send", { name: "long", kind: "long", project: board.cwd, payload });
    const { out } = await board.cord("tasks", "--kind", "long", "--json");
    expect(JSON.parse(out)).toMatchObject([{ payload }]);
  });
});

/** The ids that a list in a pipe shows. */
async function shownIds(kind: string): Promise<string[]> {
  const { out } = await board.cord("tasks", "--kind", kind, "--all");
  return out
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((row) => row.split(" ")[0] ?? "");
}

describe("ids off a terminal", () => {
  test("are eight characters where no other has them nor can get them, else more; and each names its task", async () => {
    const at = "2026-05-01T08:00:00.000Z";
    const task = {
      state: "pending",
      kind: "ids",
      priority: "normal",
      claimed_by: null,
      payload: null,
      result: null,
    } as const;
    const times = {
      created_at: Date.parse(at),
      updated_at: Date.parse(at),
      claimed_at: null,
      lease_until: null,
    };
    const ids = [
      "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
      "5f2504e0-4f89-41d3-9a0c-0305e82c3302",
      "5f2504e0-4f89-41d3-9a0c-0305e82c3999",
    ];
    const tasks = ids.map((id) => ({ id, name: id, ...task, ...times }));
    await board.client.call("board/import", { tasks });
    const { id: fresh } = await send("fresh", { kind: "ids" });
    const [first = "", ...others] = await shownIds("ids");
    expect(fresh).toStartWith(first);
    expect(first.length).toBeGreaterThanOrEqual(13);
    expect(others.toSorted()).toEqual([
      "3f2504e0",
      "5f2504e0-4f89-41d3-9a0c-0305e82c33",
      "5f2504e0-4f89-41d3-9a0c-0305e82c39",
    ]);
    for (const id of [first, ...others]) expect((await board.cord("show", id)).code).toBe(0);
  });
});

describe("a list that is watched", () => {
  test("is redrawn in place on a terminal, and Ctrl-C ends it with 130", async () => {
    await send("there already", { kind: "watched" });
    const args = board.argv("tasks", "--watch", "--kind", "watched", "--state", "pending");
    await using pane = await openPane(args, { ...board, height: 20 });
    await pane.shows("there already");
    const { id } = await send("came later", { kind: "watched" });
    await pane.shows("came later");
    await board.client.call("tasks/claim", { id, agentId: "a" });
    await until("the task has left", async () => !(await pane.shows("there already")).includes("came later"));
    await pane.press("C-c");
    const { code, cursorIsVisible } = await pane.ended();
    expect({ code, cursorIsVisible }).toEqual({ code: 130, cursorIsVisible: true });
  });

  test("is a line a change elsewhere, also across a restart of the daemon", async () => {
    const { id } = await send("first", { kind: "lines" });
    const watching = board.start("tasks", "--watch", "--kind", "lines");
    const rows = () =>
      watching
        .out()
        .split("\n")
        .map((row) => row.split(/ {2,}/));
    const said = (state: string, name: string) =>
      until(`${state} ${name}`, () => rows().some((row) => row[1] === state && row.at(-1) === name));
    await said("pending", "first");
    await board.client.call("tasks/claim", { id, agentId: "a" });
    await said("claimed", "first");
    await board.killDaemon();
    await board.serve();
    await send("second", { kind: "lines" });
    await said("pending", "second");
    watching.signal("SIGINT");
    expect(await watching.ended).toMatchObject({ code: 130, err: "" });
  });

  test("ends quietly when its reader has read enough", async () => {
    const argv = board.argv("tasks", "--watch", "--kind", "watched");
    const script = '"$@" | head -1; exit "${PIPESTATUS[0]}"';
    const child = Bun.spawn(["bash", "-c", script, "bash", ...argv], {
      cwd: board.cwd,
      env: board.env,
      stdout: "pipe",
      stderr: "pipe",
    });
    const noise = setInterval(() => void send("noise", { kind: "watched" }), 50);
    const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    clearInterval(noise);
    expect({ out, err, code }).toEqual({ out: expect.stringMatching(/^ID /), err: "", code: 0 });
  });
});
