import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { call, gate, say, type Script } from "../support/claude/model.ts";
import { startTabBoard, type TabBoard } from "../support/claude/tab-board.ts";
import type { ClaudeTab } from "../support/claude/tab.ts";
import { inboxIn, textSince } from "../support/claude/tab-script.ts";

/** A Claude Code from before there were inboxes: nothing wakes it, and it is told by its hooks at its next activity. */

let board: TabBoard;
beforeEach(async () => {
  board = await startTabBoard();
});
afterEach(() => board[Symbol.asyncDispose]());

const told = /New for \S+: 1 message/;
const open = (script: Script) =>
  board.open({ version: "pinned", args: ["--permission-mode", "bypassPermissions"], script });

/** Reads its inbox when it is told of it. */
const reads = (turn: Parameters<Script>[0]) => {
  if (told.test(textSince(turn))) return call("messages_list");
  const inbox = inboxIn(turn);
  return inbox === null ? null : say(`I have read ${inbox.items.map(({ text }) => text).join()}.`);
};

/** A hook that a busy machine answers too late says nothing, and the next one does. */
async function promptUntilTold(tab: ClaudeTab): Promise<void> {
  const isTold = () => tab.model.requests.some((turn) => told.test(textSince(turn)));
  for (let number = 1; number < 10 && !isTold(); number += 1) {
    const asks = `Prompt ${number}.`;
    await tab.prompt(asks);
    await tab.model.waitFor((turn) => textSince(turn).includes(asks));
    await tab.is("idle");
  }
}

describe("an older Claude Code", () => {
  test("is told at its next prompt, and once", async () => {
    const tab = await open((turn) => reads(turn) ?? say("Nothing new."));
    const handle = await board.handle(tab);
    await board.message(handle, "hello");
    await board.unread(handle, 1);
    expect(tab.model.requests).toEqual([]);
    await promptUntilTold(tab);
    await tab.pane.shows("I have read hello.");
    await tab.is("idle");
    await tab.prompt("And now?");
    await tab.pane.shows("Nothing new.");
    expect(tab.model.requests.filter((turn) => told.test(textSince(turn)))).toHaveLength(1);
  });

  test("is told between two tool calls", async () => {
    const sent = gate();
    const tab = await open(async (turn) => {
      if (turn.step === 0) return call("Bash", { command: "echo one" });
      await sent.opened;
      return reads(turn) ?? (turn.step < 20 ? call("Bash", { command: "echo more" }) : say("Nothing new."));
    });
    const handle = await board.handle(tab);
    await tab.prompt("Do one and two.");
    await tab.model.waitFor(({ step }) => step === 1);
    await board.message(handle, "hello");
    await board.unread(handle, 1);
    sent.open();
    await tab.pane.shows("I have read hello.");
    const asked = tab.model.requests.find((turn) => told.test(textSince(turn)));
    expect(asked && textSince(asked)).toContain("more");
  });

  test("is told when its turn ends, which it does then", async () => {
    const sent = gate();
    const tab = await open(async (turn) => {
      if (turn.step > 0) return reads(turn) ?? say("Nothing new.");
      await sent.opened;
      return say("Finished.");
    });
    const handle = await board.handle(tab);
    await tab.prompt("Go.");
    await tab.model.waitFor(() => true);
    await board.message(handle, "hello");
    await board.unread(handle, 1);
    sent.open();
    await tab.pane.shows("I have read hello.");
    await tab.is("idle");
    expect(tab.model.requests).toHaveLength(3);
  });

  test("tells its tab's own agent, and not one that this has started", async () => {
    const sent = gate();
    const forPart = "Say sub on the terminal.";
    const isPart = (turn: Parameters<Script>[0]) => turn.prompt.includes(forPart);
    const tab = await open(async (turn) => {
      if (!isPart(turn))
        return turn.step === 0
          ? call("Agent", { description: "a part", prompt: forPart, subagent_type: "general-purpose" })
          : (reads(turn) ?? (turn.step < 20 ? call("Bash", { command: "echo more" }) : say("Nothing new.")));
      await sent.opened;
      return turn.step === 0 ? call("Bash", { command: "echo sub" }) : say("Said.");
    });
    const handle = await board.handle(tab);
    await tab.prompt("Go.");
    await tab.model.waitFor(isPart);
    await board.message(handle, "hello");
    await board.unread(handle, 1);
    sent.open();
    await tab.pane.shows("I have read hello.");
    const part = tab.model.requests.filter(isPart);
    expect(part).toHaveLength(2);
    expect(part.filter((turn) => told.test(textSince(turn)))).toEqual([]);
  });

  test("is said to be without an inbox, and from which version on there is one", async () => {
    const tab = await open(() => say("Hello."));
    await board.handle(tab);
    const { out } = await board.cord("doctor");
    expect(out).toContain("2.1.197");
    expect(out).toContain("2.1.252");
  });
});
