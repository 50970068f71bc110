import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { tabBounds } from "../../src/core/limits.ts";
import { call, say } from "../support/claude/model.ts";
import { startTabBoard, type TabBoard } from "../support/claude/tab-board.ts";
import { reader, textSince, wakesIn } from "../support/claude/tab-script.ts";
import { until } from "../support/until.ts";

/** Two real tabs that would keep each other busy for ever. To the end of a whole budget they go in test/long/tabs-budget.ts. */

let board: TabBoard;
beforeEach(async () => {
  board = await startTabBoard();
});
afterEach(() => board[Symbol.asyncDispose]());

const open = () =>
  board.open({
    script: reader(
      ({ items: [item] }) => call("messages_send", { to: item?.from, text: "And you?", reply_to: item?.id }),
      (turn) => (/^.*New for /m.test(textSince(turn)) ? call("messages_list") : say("Answered.")),
    ),
  });

/** As if every tab had been woken this often within this hour: the daemon reads it when it begins anew. */
async function spend(wakes: number): Promise<void> {
  const database = new Database(join(board.data, "cord/cord.db"));
  const at = Array.from({ length: wakes }, () => Date.now());
  database.run("UPDATE tabs SET woken = ?", [JSON.stringify({ number: wakes, at })]);
  database.close();
  await board.killDaemon();
}

test("two tabs that answer each other stop when one has used up its wakes", async () => {
  const tabs = [await open(), await open()];
  const handles = await Promise.all(tabs.map(board.handle));
  await spend(tabBounds.wakesPerHour - 2);
  const agents = async () => {
    const all = await board.client.call("agents/list", {});
    return handles.map((handle) => all.find(({ id }) => id === handle));
  };
  await until("the daemon that follows", async () => {
    const left = await agents().catch(() => []);
    return left.length === 2 && left.every((agent) => agent?.is_open === true && agent.wakes_left === 2);
  });
  const [first = "", second = ""] = handles;
  const sent = { to: first, text: "Say something.", agentId: second };
  await board.client.call("messages/send", sent);
  const wakes = () => tabs.map(({ model }) => wakesIn(model).length);
  await until("an answer that wakes nobody", async () => {
    const [asked] = await agents();
    return String(wakes()) === "2,2" && asked?.wakes_left === 0 && asked.unread === 1;
  });
  await Promise.all(tabs.map((tab) => tab.is("idle")));
  const { out } = await board.cord("doctor");
  expect(out).toMatch(new RegExp(`${first} +can be woken: yes, by its inbox; as often as an hour allows`));
  expect((await board.cord("poke", first)).err).toContain("woken 20 times in this hour, which is all");
  // it is told at its next activity, and wakes the other no more
  await tabs[0]?.prompt("Is there anything new?");
  await Bun.sleep(3000);
  console.log(
    "HOOK",
    await board.client.call("tabs/hook", { pids: [tabs[0]?.pid ?? 0], event: "prompt" }),
    await tabs[0]?.pane.until(() => true),
  );
  void JSON.stringify(
    tabs[0]?.model.requests.map((r) => [
      textSince(r)
        .replace(/<system-reminder>[^]*?<\/system-reminder>/g, "")
        .slice(-500),
    ]),
    null,
    1,
  );
  const db = new Database(join(board.data, "cord/cord.db"));
  console.log(
    db
      .query(
        "select agent, seq, reason, line, created_at % 1000000 c, told_at % 1000000 t, read_at % 1000000 r, woken_at % 1000000 w, wakes from inbox",
      )
      .all(),
  );
  await board.unread(first, 0);
  await board.unread(second, 1);
  expect(wakes()).toEqual([2, 2]);
});
