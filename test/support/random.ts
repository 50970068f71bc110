import { randomInt } from "node:crypto";

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

/** A test's body with a fresh seed, which a failure names; `CORD_SEED=… bun test …` walks the same way again. */
export function randomly(body: (random: Random) => Promise<void> | void): () => Promise<void> {
  return async () => {
    const given = process.env["CORD_SEED"];
    const seed = given === undefined ? randomInt(2 ** 31) : Number(given);
    try {
      await body(randomFrom(seed));
    } catch (error) {
      throw new Error(`with CORD_SEED=${seed}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  };
}
