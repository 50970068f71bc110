import { randomInt } from "node:crypto";
import { testTimeoutMs } from "../../scripts/steps.ts";

/** Random choices that can be made again: the same seed gives the same ones. */
export interface Random {
  seed: number;
  /** from 0 up to, not including, below */
  int(below: number): number;
  pick<T>(from: readonly T[]): T;
  /** true this often, from 0 to 1 */
  chance(often: number): boolean;
}

export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  // mulberry32: small, fast, and good enough to walk with
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (below: number) => Math.floor(next() * below);
  return {
    seed,
    int,
    pick: <T>(from: readonly T[]) => {
      const [picked] = from.slice(int(from.length));
      if (picked === undefined) throw new Error("there is nothing to pick from");
      return picked;
    },
    chance: (often) => next() < often,
  };
}

/** How long before the end of its time a test says that it is not over. */
const lastWordMs = 5000;

/** A test's body with a fresh seed, which a failure names; `CORD_SEED=… bun test …` walks the same way again. */
export function randomly(
  body: (random: Random) => Promise<void> | void,
  withinMs: number = testTimeoutMs,
): () => Promise<void> {
  return async () => {
    const given = process.env["CORD_SEED"];
    const seed = given === undefined ? randomInt(2 ** 31) : Number(given);
    const late = Promise.withResolvers<never>();
    // the runner's own end of a test would not tell the seed
    const complain = () => late.reject(new Error("it is not over, and the test's time is"));
    const timer = setTimeout(complain, withinMs - lastWordMs);
    try {
      await Promise.race([body(randomFrom(seed)), late.promise]);
    } catch (error) {
      throw new Error(`with CORD_SEED=${seed}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    } finally {
      clearTimeout(timer);
    }
  };
}
