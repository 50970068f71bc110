import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { startBoard } from "../support/machine/board.ts";
import { start } from "../support/machine/command.ts";
import { rpcCall } from "../support/rpc.ts";

/** What commands do when what they say cannot be written. */

const board = await startBoard();
await board.serve();
afterAll(() => board[Symbol.asyncDispose]());

/** Runs a command under a shell that says where its output goes; `"$@"` is the command. */
function under(script: string, ...args: string[]) {
  return start(["bash", "-c", script, join(board.cwd, "pipe"), ...board.argv(...args)], board).ended;
}

const full = 'exec "$@" >/dev/full';
const closed = 'exec "$@" >&-';
/** A pipe whose reader was gone before the command began. */
const unread = 'rm -f "$0"; mkfifo "$0"; exec 3<>"$0" 4>"$0" 3<&-; exec "$@" >&4';

const commands = [
  ["help"],
  ["run", "--help"],
  ["-v"],
  ["version"],
  ["completions", "bash"],
  ["status"],
  ["tasks"],
  ["agents", "--json"],
  ["runs"],
  ["send", "a task"],
  ["heartbeat", "alice"],
  ["init", "--dry-run", "--json", "--yes"],
  ["top", "--once"],
];

describe.each(commands.map((args) => ({ args, said: args.join(" ") })))("cord $said", ({ args }) => {
  test.each([
    ["a full disk", full, "the disk is full (ENOSPC)"],
    ["a closed stdout", closed, "stdout is closed (EBADF)"],
    ["a pipe without a reader", unread, "nobody reads the pipe (EPIPE)"],
  ])("says in one line that %s lost its output, and exits with 1", async (_, script, why) => {
    const { code, err } = await under(script, ...args);
    expect(err).toMatch(/^(?:Showing [^\n]*\n)?cord[^\n]*: The output could not be written: [^\n]*\n$/);
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(why) });
  });
});

test("a reader that has read enough is no error", async () => {
  const send = rpcCall("tasks/send", { name: "n".repeat(250), kind: "many" });
  for (let count = 0; count < 10; count += 1) await board.rpc(Array.from({ length: 100 }, () => send));
  const list = ["tasks", "--all", "--limit", "1000", "--kind", "many"];
  for (const args of [list, [...list, "--json"]]) {
    const { code, out, err } = await under('"$@" | head -c 10; exit "${PIPESTATUS[0]}"', ...args);
    expect({ code, length: out.length, err }).toEqual({ code: 0, length: 10, err: "" });
  }
});

test("where stderr cannot be written either, the exit code still tells", async () => {
  const scripts = ['exec "$@" >&- 2>&-', 'exec "$@" >/dev/full 2>/dev/full', 'exec "$@" 2>&-'];
  const ended = await Promise.all(scripts.map((script) => under(script, "tasks", "--nope")));
  expect(ended).toEqual(scripts.map(() => ({ code: 64, out: "", err: "" })));
});

test("a result that could not be written is not lost: the command that is named gives it again", async () => {
  const { code, err } = await under(full, "run", "Compare two things", "--rehearse");
  expect(code).toBe(1);
  expect(err).toContain("cord run: The result could not be written: the disk is full (ENOSPC). It is kept:");
  const again = /"cord (report \S+)"/.exec(err)?.[1]?.split(" ") ?? [];
  expect(await board.cord(...again)).toMatchObject({
    code: 0,
    out: expect.stringContaining("Rehearsal of #1"),
  });
});
