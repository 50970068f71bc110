import { expect, test } from "bun:test";
import { crashRun } from "../support/crash/crash-run.ts";
import { goalsOf } from "../support/crash/tree.ts";
import { randomly } from "../support/random.ts";

/**
 * A run of 50 nodes whose engine and daemon are killed 30 times: `bun run test:long`, or this file alone; CORD_SEED walks the same way
 * again, TEST_CLAUDE=newest takes the other Claude Code. With three kills it is test/e2e/run-killed.test.ts.
 */

const plan = { teams: 5, leaves: 7 };
const kills = 30;
const longMs = 1_800_000;

test(
  "a run of 50 nodes that is killed 30 times ends with one result of each node, and adds up to what the model charged",
  randomly(async (random) => {
    expect(goalsOf(plan)).toHaveLength(50);
    const begin = performance.now();
    const log = (line: string) =>
      console.log(`${((performance.now() - begin) / 1000).toFixed(1)} s  ${line}`);
    log(`seed ${random.seed}`);
    const crashed = await crashRun({ plan, kills, random, log });
    log(JSON.stringify(crashed, null, 2));
  }, longMs),
  longMs,
);
