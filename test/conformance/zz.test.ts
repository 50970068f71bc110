import { afterEach, beforeEach, test } from "bun:test";
import { call, say } from "../support/claude/model.ts";
import { startTabBoard, type TabBoard } from "../support/claude/tab-board.ts";
import { reader, textSince, wakesIn } from "../support/claude/tab-script.ts";
let board: TabBoard;
beforeEach(async () => {
  board = await startTabBoard();
});
afterEach(() => board[Symbol.asyncDispose]());
for (const version of ["newest", "pinned"] as const)
  test("bridge killed " + version, async () => {
    const tab = await board.open({
      version,
      args: ["--permission-mode", "bypassPermissions"],
      script: reader(
        ({ items }) => say(`read ${items.map((i) => i.text).join()}`),
        ({ step, lastResults }) => {
          console.log(JSON.stringify(lastResults));
          return step % 2 === 0 ? call("agents_list") : say("Done.");
        },
      ),
    });
    const h = await board.handle(tab);
    console.log(h);
    process.kill(tab.bridge().pid, "SIGKILL");
    await Bun.sleep(500);
    await board.message(h, "hello");
    await tab.prompt("/mcp reconnect cord");
    await Bun.sleep(4000);
    console.log(
      board.processes().map((p) => `${p.pid} ${p.argv.join(" ").slice(-60)}`),
      await tab.pane.until(() => true),
    );
    console.log(await board.client.call("agents/list", {}));
  });
