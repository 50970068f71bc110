import { afterAll, expect, test } from "bun:test";
import { clientRuns } from "../support/clients/client-runs.ts";
import { clientWorld } from "../support/clients/clients.ts";
import { startOtherModel } from "../support/clients/other-models.ts";

/** The longest wait of a tool, to its end, in the clients that are not Claude Code: `bun run test:long`. */

const world = await clientWorld();
afterAll(() => world[Symbol.asyncDispose]());
const runs = await clientRuns(world);

test.each(runs)(
  "$client has the empty end of a wait of 50 s, and no error of its own",
  async ({ argv, prepare }) => {
    const results: string[] = [];
    await using model = startOtherModel((seen) => {
      results.splice(0, results.length, ...seen);
      return seen.length === 0
        ? { call: "tasks_list", args: { kind: "never posted", wait_ms: 50_000 } }
        : { say: "Nothing came." };
    });
    const { code } = await world.run(argv, prepare(model.url));
    expect({ code, errors: model.errors, asked: results.length }).toEqual({ code: 0, errors: [], asked: 1 });
    expect(results[0]).toMatch(/"items\\*":\s*\[\]|(?:^|\\n)\[\]/);
  },
  120_000,
);
