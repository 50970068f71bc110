import { expect, test } from "bun:test";
import { crashRun } from "../support/crash/crash-run.ts";
import { randomly } from "../support/random.ts";

/** With 30 kills and 50 nodes it is test/long/run-killed.ts. */

test(
  "a run that is killed at random moments and gone on with ends with one result of each node, and adds up to what the model charged",
  randomly(async (random) => {
    const { killed } = await crashRun({ plan: { teams: 1, leaves: 2 }, kills: 3, random });
    expect(killed.engines + killed.daemons).toBeGreaterThanOrEqual(3);
  }),
);
