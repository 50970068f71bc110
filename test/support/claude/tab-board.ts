import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { startBoard, type Board } from "../machine/board.ts";
import { repository } from "../machine/git.ts";
import { until } from "../until.ts";
import { openTab, type ClaudeTab, type TabOptions } from "./tab.ts";

/** A board for tabs: its project is a repository in which `cord init` was run, and `cord` is on their PATH. */
export interface TabBoard extends Board {
  /** Opens a tab, which is closed with the board. */
  open(options: TabOptions): Promise<ClaudeTab>;
  /** The handle of a tab, once its bridge has opened it. */
  handle(tab: ClaudeTab): Promise<string>;
  /** Resolves once so much is unread in an agent's inbox. */
  unread(handle: string, count: number): Promise<void>;
  /** Sends a message to a handle, as a person does in a shell. */
  message(to: string, text: string, ...flags: string[]): Promise<void>;
}

export async function startTabBoard(): Promise<TabBoard> {
  const board = await startBoard();
  symlinkSync(board.binary, join(board.bin, "cord"));
  repository(board.cwd);
  const tabs: ClaudeTab[] = [];
  const run = async (...args: string[]) => {
    const { code, err } = await board.cord(...args);
    if (code !== 0) throw new Error(err);
  };
  await run("init", "--yes", "--client", "claude");
  return {
    ...board,
    async handle({ pid }) {
      let handle: string | undefined;
      await until("the tab's handle", async () => {
        handle = (await board.client.call("tabs/whose", { pids: [pid] }))?.handle;
        return handle !== undefined;
      });
      return handle ?? "";
    },
    unread: (handle, count) =>
      until(`${count} unread`, async () => {
        const agents = await board.client.call("agents/list", {});
        return agents.find(({ id }) => id === handle)?.unread === count;
      }),
    message: (to, text, ...flags) => run("send", text, "--kind", "message", "--to", to, ...flags),
    async open(options) {
      const tab = await openTab(board, options);
      tabs.push(tab);
      return tab;
    },
    async [Symbol.asyncDispose]() {
      try {
        for (const tab of tabs) await tab[Symbol.asyncDispose]();
      } finally {
        await board[Symbol.asyncDispose]();
      }
    },
  };
}
