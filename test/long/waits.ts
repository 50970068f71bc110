import { afterAll, expect, test } from "bun:test";
import { clientRuns } from "../support/clients/client-runs.ts";
import { clientWorld } from "../support/clients/clients.ts";
import { httpTab, stdioTab, type TestTab } from "../support/clients/mcp-client.ts";
import { startOtherModel } from "../support/clients/other-models.ts";
import { startBoard, type Board } from "../support/machine/board.ts";

/** The longest wait of a tool, to its end, in the clients that are not Claude Code: `bun run test:long`. */

const waits = { kind: "never posted", wait_ms: 600_000 };

const world = await clientWorld();
afterAll(() => world[Symbol.asyncDispose]());
const runs = await clientRuns(world);

// it gives a request up at 60.000 s
test.each<["stdio" | "HTTP", (board: Board) => Promise<TestTab>]>([
  ["stdio", stdioTab],
  ["HTTP", httpTab],
])(
  "the SDK's own client with its defaults has it too, over %s",
  async (_, open) => {
    await using board = await startBoard();
    await board.serve();
    await using tab = await open(board);
    const { value } = await tab.call("tasks_list", waits);
    expect(value).toMatchObject({ items: [], note: "wait_ms is 50000 at most: it was taken for that." });
  },
  120_000,
);

test.each(runs)(
  "$client has the empty end of a wait of 50 s, and no error of its own",
  async ({ argv, prepare }) => {
    const results: string[] = [];
    await using model = startOtherModel((seen) => {
      results.splice(0, results.length, ...seen);
      return seen.length === 0 ? { call: "tasks_list", args: waits } : { say: "Nothing came." };
    });
    const { code } = await world.run(argv, prepare(model.url));
    expect({ code, errors: model.errors, asked: results.length }).toEqual({ code: 0, errors: [], asked: 1 });
    expect(results[0]).toMatch(/"items\\*":\s*\[\]|(?:^|\\n)\[\]/);
  },
  120_000,
);
