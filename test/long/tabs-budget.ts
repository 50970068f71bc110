import { expect, test } from "bun:test";
import { tabBounds } from "../../src/core/limits.ts";
import { call } from "../support/claude/model.ts";
import { startTabBoard } from "../support/claude/tab-board.ts";
import { reader, wakesIn } from "../support/claude/tab-script.ts";
import { until } from "../support/until.ts";

/** Two real tabs that answer each other for ever, to the end of what an hour allows them: `bun run test:long`. */

test("two tabs that answer each other stop at the budget", async () => {
  await using board = await startTabBoard();
  const open = () =>
    board.open({
      script: reader(({ items: [item] }) =>
        call("messages_send", { to: item?.from, text: "And you?", reply_to: item?.id }),
      ),
    });
  const tabs = [await open(), await open()];
  const [first = "", second = ""] = await Promise.all(tabs.map(board.handle));
  await board.client.call("messages/send", { to: first, text: "Say something.", agentId: second });
  const wakes = () => tabs.map(({ model }) => wakesIn(model).length);
  // at three seconds a wake
  await until(
    "all wakes that an hour allows",
    () => wakes().every((count) => count === tabBounds.wakesPerHour),
    {
      everyMs: 200,
      withinMs: 200_000,
    },
  );
  await until("an answer that wakes nobody", async () => {
    const agents = await board.client.call("agents/list", {});
    return agents.some(({ id, wakes_left, unread }) => id === first && wakes_left === 0 && unread === 1);
  });
  await Promise.all(tabs.map((tab) => tab.is("idle")));
  expect(wakes()).toEqual([tabBounds.wakesPerHour, tabBounds.wakesPerHour]);
}, 240_000);
