import type { Random } from "../random.ts";
import type { World } from "../machine/run-world.ts";
import type { Account } from "./account.ts";
import { answerTo, askerIn } from "./tree.ts";

/** Who answers a run's questions, and says that it can go on when its account is open again. */
export interface Person {
  /** the questions that were open when it looked last */
  asks(): number;
  /** Resolves once it has gone. */
  leave(): Promise<void>;
}

interface Run {
  world: World;
  account: Account;
  random: Random;
  runId: string;
}

/** Looks now and then, and takes its time; the daemon is away now and then. */
export function personOf({ world, account, random, runId }: Run): Person {
  const seen = { asks: 0, isThere: true };
  const look = async () => {
    const { run, nodes } = await world.client.call("runs/get", { run_id: runId });
    seen.asks = run.asks.length;
    for (const { number, question } of nodes) {
      if (question === null || !run.asks.includes(number) || !random.chance(0.3)) continue;
      const answer = answerTo(askerIn(question.text));
      await world.client.call("nodes/answer", { run_id: runId, node_id: `#${number}`, answer });
    }
    if (run.parked === null || !random.chance(0.1)) return;
    account.open();
    await world.client.call("runs/go-on", { run_id: runId });
  };
  const stays = (async () => {
    while (seen.isThere) {
      // the daemon may have died in the middle of it
      await look().catch(() => {});
      await Bun.sleep(200);
    }
  })();
  return {
    asks: () => seen.asks,
    leave() {
      seen.isThere = false;
      return stays;
    },
  };
}
