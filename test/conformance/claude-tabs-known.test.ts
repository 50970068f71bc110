import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { call, gate, say } from "../support/claude/model.ts";
import { startTabBoard, type TabBoard } from "../support/claude/tab-board.ts";
import type { ClaudeTab } from "../support/claude/tab.ts";
import { inboxIn, reader, wakesIn, wakesOf } from "../support/claude/tab-script.ts";
import { signal } from "../support/machine/processes.ts";
import { until } from "../support/until.ts";

/** Who a tab of the real Claude Code is, and that nothing sent to it is lost or told twice when something ends meanwhile. */

let board: TabBoard;
beforeEach(async () => {
  board = await startTabBoard();
});
afterEach(() => board[Symbol.asyncDispose]());

/** A tab that says what it reads, and has said something before: else it has no conversation to resume. */
async function begun(args: string[] = []): Promise<ClaudeTab> {
  const tab = await board.open({
    args,
    script: reader(({ items }) => say(`I have read ${items.map(({ text }) => text).join()}.`)),
  });
  if (args.length > 0) return tab;
  await tab.prompt("Say something.");
  await tab.pane.shows("Idle.");
  await tab.is("idle");
  return tab;
}

/** Within three seconds of a wake there is none: what is sent then is told at their end, and until then is not. */
async function sentAndNotTold(tab: ClaudeTab): Promise<void> {
  const handle = await board.handle(tab);
  await board.message(handle, "one");
  await tab.pane.shows("I have read one.");
  await tab.is("idle");
  await board.message(handle, "two");
  expect(wakesIn(tab.model)).toHaveLength(1);
}

describe("a tab", () => {
  test("has a handle without being told, and need not say it", async () => {
    await board.cord("send", "Look at the log");
    const tab = await board.open({
      script: ({ step }) => (step === 0 ? call("tasks_claim", { id: "1" }) : say("Done.")),
    });
    const handle = await board.handle(tab);
    await tab.prompt("Go.");
    await tab.pane.shows("Done.");
    await tab.is("idle");
    const [task] = await board.client.call("tasks/list", {});
    expect(task).toMatchObject({ name: "Look at the log", claimed_by: handle });
    const claudes = async () =>
      (await board.client.call("agents/list", {})).filter(({ client }) => client === "claude");
    await until("that it is idle", async () => (await claudes()).every(({ state }) => state === "idle"));
    expect(await claudes()).toMatchObject([
      { id: handle, is_open: true, wake: "inbox", state: "idle", unread: 0 },
    ]);
  });

  test("is shown as busy, and as waiting for its person", async () => {
    const answer = gate();
    const tab = await board.open({
      args: ["--permission-mode", "default"],
      script: async ({ step }) => {
        await answer.opened;
        return step === 0 ? call("Write", { file_path: `${board.cwd}/a.txt`, content: "a" }) : say("Done.");
      },
    });
    const handle = await board.handle(tab);
    const isShown = (state: string) =>
      until(state, async () => {
        const agents = await board.client.call("agents/list", {});
        return agents.find(({ id }) => id === handle)?.state === state;
      });
    await isShown("idle");
    await tab.prompt("Go.");
    await isShown("busy");
    answer.open();
    await isShown("waiting");
    await tab.dismiss("Enter", /Do you want to create/);
    await isShown("idle");
  });

  test("has the name that its person gives it, and the one that its agent chooses in its place", async () => {
    const tab = await board.open({
      script: ({ step }) =>
        step === 0 ? call("agents_heartbeat", { id: "hotfix-v1.1", name: "hotfix" }) : say("I am known."),
    });
    await tab.prompt("/rename Billing API");
    await until("its person's name", async () => (await board.handle(tab)) === "billing-api");
    await tab.prompt("Go.");
    await tab.pane.shows("I am known.");

    expect(await board.handle(tab)).toBe("hotfix-v1.1");
  });

  test("is known again when its conversation goes on in another, and has what came meanwhile", async () => {
    const first = await begun();
    const handle = await board.handle(first);
    const { sessionId } = first.session();
    await first.close();
    await board.message(handle, "hello");
    const second = await begun(["--resume", sessionId]);
    await second.pane.shows("I have read hello.");
    expect(await board.handle(second)).toBe(handle);
    expect(wakesIn(second.model)).toHaveLength(1);
  });

  test("shares neither handle nor inbox with another that goes on with its conversation meanwhile", async () => {
    const first = await begun();
    const second = await begun(["--resume", first.session().sessionId]);
    const [one, other] = [await board.handle(first), await board.handle(second)];
    expect(one).not.toBe(other);
    await board.message(other, "to the second");
    await second.pane.shows("I have read to the second.");
    await board.message(one, "to the first");
    await first.pane.shows("I have read to the first.");
    expect([first, second].map(({ model }) => wakesIn(model).length)).toEqual([1, 1]);
  });

  test("that is killed is gone, and what it is sent lies in its inbox", async () => {
    const tab = await begun();
    const handle = await board.handle(tab);
    signal(tab.pid, "SIGKILL");
    await until("the end of its bridge", () => !board.processes().some(({ argv }) => argv.at(-1) === "mcp"));
    const agent = async () => (await board.client.call("agents/list", {})).find(({ id }) => id === handle);
    await until("that it is not open", async () => (await agent())?.is_open === false);
    await board.message(handle, "hello");
    await board.unread(handle, 1);
    const { err, code } = await board.cord("poke", handle);
    expect([code, err]).toMatchObject([1, expect.stringContaining(handle)]);
  });

  test("is known again after /resume", async () => {
    const tab = await begun();
    const handle = await board.handle(tab);
    const { sessionId } = tab.session();
    await tab.close();
    const again = await board.open({
      script: reader(({ items: [item] }) => say(`I have read ${item?.text}.`)),
    });
    expect(await board.handle(again)).not.toBe(handle);
    await again.prompt(`/resume ${sessionId}`);
    await until("its handle of before", async () => (await board.handle(again)) === handle);
    await board.message(handle, "hello");
    await again.pane.shows("I have read hello.");
  });
});

describe("what was sent is told once", () => {
  test("when the daemon is killed before the wake", async () => {
    const tab = await begun();
    await sentAndNotTold(tab);
    await board.killDaemon();
    await tab.pane.shows("I have read two.");
    expect(wakesIn(tab.model)).toHaveLength(2);
  });

  test("when the daemon is killed with the wake on its way", async () => {
    const tab = await begun();
    const handle = await board.handle(tab);
    const { pid } = tab.bridge();
    // what the daemon says last is in the bridge's connection, unread
    signal(pid, "SIGSTOP");
    await board.message(handle, "hello");
    await board.unread(handle, 1);
    await board.killDaemon();
    signal(pid, "SIGCONT");
    await tab.pane.shows("I have read hello.");
    await tab.is("idle");
    const read = tab.model.requests.flatMap((turn) => inboxIn(turn)?.items ?? []);
    expect(read.filter(({ text }) => text === "hello")).toHaveLength(1);
  });

  test("when the tab is closed before the wake, and opened again", async () => {
    const tab = await begun();
    await sentAndNotTold(tab);
    const { sessionId } = tab.session();
    await tab.close();
    expect(board.processes().filter(({ argv }) => argv.at(-1) === "mcp")).toEqual([]);
    const again = await begun(["--resume", sessionId]);
    await again.pane.shows("I have read two.");
    expect(wakesIn(again.model)).toHaveLength(1);
    const read = again.model.requests.flatMap((turn) => inboxIn(turn)?.items ?? []);
    expect(read.map(({ text }) => text)).toEqual(["two"]);
    expect(again.model.requests.map((turn) => wakesOf(turn).length)).toEqual([1, 0]);
  });

  test("when the tab's bridge is killed before the wake, and its person has it started again", async () => {
    const tab = await begun();
    const handle = await board.handle(tab);
    const { pid } = tab.bridge();
    signal(pid, "SIGKILL");
    await until("the end of the bridge", () => board.processes().every((found) => found.pid !== pid));
    await board.message(handle, "hello");
    await tab.prompt("/mcp reconnect cord");
    await tab.pane.shows("I have read hello.");
    expect(await board.handle(tab)).toBe(handle);
    expect(wakesIn(tab.model)).toHaveLength(1);
  });
});
