import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { z } from "zod";
import { tabBounds } from "../../src/core/limits.ts";
import { keepTab, type KeptTab } from "../support/kept-tab.ts";
import { startBoard } from "../support/machine/board.ts";
import { rpcClient } from "../support/rpc.ts";
import { until } from "../support/until.ts";

/** Two hundred tabs and two thousand messages, of which a part is sent while the daemon is killed. */

setDefaultTimeout(180_000);

const tabCount = 200;
const each = 10;

const board = await startBoard();
afterAll(() => board[Symbol.asyncDispose]());
const daemon = rpcClient(board.url, board.token);

const Listed = z.object({ items: z.array(z.object({ text: z.string() })), more: z.boolean() });

test("each of 2,000 messages is in the inbox of its tab exactly once, over a kill -9 of the daemon, and no tab of 200 is woken for each of its own", async () => {
  await board.serve();
  const tabs: KeptTab[] = [];
  for (let count = 0; count < tabCount; count += 1) tabs.push(await keepTab(daemon));
  const handles = tabs.map(({ handle }) => handle);
  expect(new Set(handles).size).toBe(tabCount);

  const acknowledged = new Map<string, string[]>(handles.map((handle) => [handle, []]));
  const unsure = new Set<string>();
  const todo = Array.from({ length: tabCount * each }, (_, index) => index);
  let sent = 0;
  const back = Promise.withResolvers<void>();
  const sender = async () => {
    for (let index = todo.shift(); index !== undefined; index = todo.shift()) {
      const to = handles[index % tabCount] ?? "";
      // one of which nobody knows whether it was taken is sent again under another name
      for (let attempt = 0; ; attempt += 1) {
        const text = `message ${index}.${attempt}`;
        if (await isTaken(to, text)) {
          acknowledged.get(to)?.push(text);
          sent += 1;
          break;
        }
        unsure.add(text);
        await back.promise;
      }
    }
  };
  const sending = Promise.all(Array.from({ length: 16 }, sender));
  await until("a half is sent", () => sent >= (tabCount * each) / 2);
  await board.killDaemon();
  await board.serve();
  back.resolve();
  await sending;
  await Promise.all(tabs.map((tab) => tab.opened(2)));

  for (const tab of tabs) {
    const found = await inboxOf(tab.handle);
    expect(found.filter((text) => !unsure.has(text)).toSorted()).toEqual(
      acknowledged.get(tab.handle)?.toSorted() ?? [],
    );
    expect(new Set(found).size).toBe(found.length);
    expect(await inboxOf(tab.handle)).toEqual([]);
  }
  expect(await isTaken("*", "to everybody")).toBe(true);
  for (const { handle } of tabs) expect(await inboxOf(handle)).toEqual(["to everybody"]);

  const woken = tabs.map(({ wakes }) => wakes.length);
  expect(Math.min(...woken)).toBeGreaterThan(0);
  expect(Math.max(...woken)).toBeLessThan(each);
  for (const text of tabs.flatMap(({ wakes }) => wakes))
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(tabBounds.wakeBytes);
  await Promise.all(tabs.map((tab) => tab.end()));
});

async function isTaken(to: string, text: string): Promise<boolean> {
  const answer = await daemon
    .rpc("messages/send", { to, text, agentId: "the sender", project: "/work/billing" })
    .catch(() => null);
  if (answer?.error !== undefined) throw new Error(answer.error.message);
  return answer !== null;
}

/** What is unread, and is read with that. */
async function inboxOf(agentId: string): Promise<string[]> {
  const texts: string[] = [];
  for (;;) {
    const { result } = await daemon.rpc("messages/list", { agentId, unread: true, limit: 20 });
    const { items, more } = Listed.parse(result);
    texts.push(...items.map(({ text }) => text));
    if (!more) return texts;
  }
}
