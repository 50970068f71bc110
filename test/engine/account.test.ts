import { expect, test } from "bun:test";
import type { UsageWindow } from "../../src/core/account.ts";
import { accountBounds } from "../../src/core/limits.ts";
import { Account } from "../../src/engine/account.ts";
import { endStarted, graces, world } from "../support/engine/engine-world.ts";

test("of however many windows an agent names, the daemon is told those that were heard of last", async () => {
  const here = await world();
  try {
    const snapshot = await here.client.call("runs/get", { run_id: here.runId });
    const { client, env, runId, options } = here;
    const troubles: unknown[] = [];
    const account = new Account(
      {
        client,
        env,
        runId,
        options,
        snapshot,
        cwd: "/",
        folder: "/",
        onEvent: () => {},
        onProgress: () => {},
        onNotice: () => {},
      },
      {
        engine: "engine",
        signal: AbortSignal.timeout(60_000),
        graces,
        onChange: () => {},
        onRoom: () => {},
        onStop: () => {},
        onTrouble: (error) => troubles.push(error),
      },
    );
    const agent = {};
    for (let index = 1; index <= accountBounds.windows + 4; index += 1) {
      const resets_at = new Date(Date.now() + 3_600_000).toISOString();
      const window: UsageWindow = { name: `w${index}`, status: "allowed", utilization: 0.5, resets_at };
      account.heard([window], agent);
    }
    await account.leave();
    expect(troubles).toEqual([]);
    const { run } = await client.call("runs/get", { run_id: runId });
    expect(run.windows).toHaveLength(accountBounds.windows);
    expect(run.windows.map(({ name }) => name)).toContain("w20");
  } finally {
    await endStarted();
  }
});
