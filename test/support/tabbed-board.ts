import { startBoard, type Board } from "./machine/board.ts";
import { rpcClient } from "./rpc.ts";
import { followTab, type FollowedTab } from "./tabs.ts";

/** A board whose daemon runs, for tabs whose bridges are here. */
export interface TabbedBoard extends Board {
  /**
   * Opens a tab of the board's project that says of each wake that its client took it. Resolves once it has its handle; it is closed
   * with the board.
   */
  open(hello: Record<string, string>): Promise<FollowedTab>;
}

export async function startTabbedBoard(): Promise<TabbedBoard> {
  const board = await startBoard();
  await board.serve();
  const { cwd } = board;
  const daemon = rpcClient(board.url, board.token);
  const tabs: FollowedTab[] = [];
  return {
    ...board,
    async open(hello) {
      const said = { project: cwd, folder: cwd, ...hello };
      const tab: FollowedTab = await followTab(daemon, said, ({ event, data }) => {
        if (event !== "wake") return;
        const woken = { wake: data["wake"], by: hello["wake"], isDelivered: true };
        void tab.report({ woken });
      });
      tabs.push(tab);
      await tab.handle();
      return tab;
    },
    async [Symbol.asyncDispose]() {
      for (const tab of tabs) await tab.end();
      await board[Symbol.asyncDispose]();
    },
  };
}
