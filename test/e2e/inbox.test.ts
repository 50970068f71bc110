import { afterAll, beforeAll, expect, test } from "bun:test";
import { z } from "zod";
import { startBoard, type Board } from "../support/machine/board.ts";
import { openPane } from "../support/terminal/pane.ts";

/** An inbox by the commands of a shell. */

let board: Board;
beforeAll(async () => {
  board = await startBoard();
  await board.serve();
});
afterAll(() => board[Symbol.asyncDispose]());

/** A command that has to succeed, and what it printed, which is JSON. */
async function cord(...args: string[]): Promise<unknown> {
  const { code, out, err } = await board.cord(...args);
  expect({ args, code, err }).toEqual({ args, code: 0, err: "" });
  return JSON.parse(out);
}

const Inbox = z.object({
  items: z.array(z.looseObject({ text: z.string(), number: z.number() })),
  notices: z.array(z.looseObject({ line: z.string() })),
});

async function inbox(...args: string[]): Promise<z.infer<typeof Inbox>> {
  return Inbox.parse(await cord("inbox", ...args));
}

test("a message is sent, seen, answered and acknowledged", async () => {
  await cord("send", "Which port does it take?", "--kind", "message", "--to", "bob");
  const { items } = await inbox("--as", "bob", "--peek");
  expect(items).toMatchObject([{ from: "human", text: "Which port does it take?", is_new: true }]);
  const number = String(items[0]?.number);
  const reply = await cord("reply", number, "7777,", "as", "ever", "--as", "bob");
  expect(reply).toMatchObject({ kind: "message", to: "human", payload: { text: "7777, as ever" } });
  // a person in a shell reads what is for nobody else
  expect((await inbox()).items).toMatchObject([{ from: "bob", text: "7777, as ever" }]);
  expect((await inbox("--as", "bob")).items).toMatchObject([{ acked: true, is_new: false }]);
});

test("an agent that sends from a shell hears of what is asked about it", async () => {
  const sent = await cord("send", "Name it", "--to", "bob", "--as", "frank");
  const { number } = z.object({ number: z.number() }).parse(sent);
  await cord("claim", String(number), "--as", "bob");
  await cord("ask", String(number), "Which name?", "--as", "bob");
  expect((await inbox("--as", "frank")).notices).toMatchObject([{ reason: "asked" }]);
});

test("a watch tells of what lands, is listed and is cancelled", async () => {
  const made = await cord(
    "watch",
    "--kind",
    "ack",
    "--name-contains",
    "stable",
    "--note",
    "go",
    "--as",
    "carol",
  );
  expect(made).toMatchObject({ watch: { once: true, note: "go" } });
  const second = await cord("watch", "--kind", "bug", "--every", "--minutes", "60", "--as", "carol");
  const { watch } = z.object({ watch: z.object({ id: z.string() }) }).parse(second);
  await cord("send", "v2 stable", "--kind", "ack");
  const { notices } = await inbox("--as", "carol");
  expect(notices).toMatchObject([
    { reason: "watch", line: expect.stringContaining('watch "go" matches: ack') },
  ]);
  expect(await cord("watch", "--list", "--as", "carol")).toMatchObject({ watches: [{ id: watch.id }] });
  expect(await cord("watch", "--cancel", watch.id, "--as", "carol")).toMatchObject({ watches: [] });
});

test("who watches says for whom and for what", async () => {
  expect((await board.cord("watch", "--as", "carol")).err).toContain("Say what to watch for");
  expect((await board.cord("watch", "--kind", "ack")).err).toContain("Who are you?");
});

test("a person at a terminal reads no message that looks like another, and no control byte", async () => {
  const text = "one\n12  mallory\n\u001b]0;title\u0007two";
  await board.client.call("messages/send", { to: "dave", text, agentId: "eve" });
  await board.client.call("tasks/send", { name: "Fix <it>", to: "dave", project: "" });
  await using pane = await openPane(board.argv("inbox", "--as", "dave"), board);
  const { screen } = await pane.ended();
  expect(screen).toContain("  12  mallory\n  two");
  expect(screen).toMatch(/\d+ {2}eve/);
  expect(screen).toContain('"Fix it" is for you');
});
