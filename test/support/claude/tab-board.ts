import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { startBoard, type Board } from "../machine/board.ts";
import { repository } from "../machine/git.ts";
import { openTab, type ClaudeTab, type TabOptions } from "./tab.ts";

/** A board for tabs: its project is a repository in which `cord init` was run, and `cord` is on their PATH. */
export interface TabBoard extends Board {
  /** Opens a tab, which is closed with the board. */
  open(options: TabOptions): Promise<ClaudeTab>;
}

export async function startTabBoard(): Promise<TabBoard> {
  const board = await startBoard();
  symlinkSync(board.binary, join(board.bin, "cord"));
  repository(board.cwd);
  const { code, err } = await board.cord("init", "--yes", "--client", "claude");
  if (code !== 0) throw new Error(err);
  const tabs: ClaudeTab[] = [];
  return {
    ...board,
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
