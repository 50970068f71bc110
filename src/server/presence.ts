import { staleAfterMs } from "../core/presence.ts";
import type { Presence } from "../operations/context.ts";

/** Which agents have a call open, or a session. A crash forgets it: for a while nobody is taken for gone then. */
export class OpenAgents implements Presence {
  readonly #monotonic: () => number;
  readonly #since: number;
  /** how many calls each has open */
  readonly #held = new Map<string, number>();
  /** who has gone while the daemon was young */
  readonly #left = new Set<string>();
  readonly #asked: ((agent: string) => boolean)[] = [];
  readonly #onFree: ((agent: string) => void)[] = [];

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
    this.#since = monotonic();
  }

  hold(agent: string): () => void {
    this.#held.set(agent, (this.#held.get(agent) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const left = (this.#held.get(agent) ?? 1) - 1;
      if (left > 0) return void this.#held.set(agent, left);
      this.#held.delete(agent);
      for (const onFree of this.#onFree) onFree(agent);
    };
  }

  isHeld(agent: string): boolean {
    return this.#held.has(agent);
  }

  onFree(onFree: (agent: string) => void): void {
    this.#onFree.push(onFree);
  }

  isOpen(agent: string): boolean {
    if (this.#held.has(agent) || (this.#isYoung() && !this.#left.has(agent))) return true;
    return this.#asked.some((isOpen) => isOpen(agent));
  }

  left(agent: string): void {
    if (this.#isYoung()) this.#left.add(agent);
    else this.#left.clear();
  }

  #isYoung(): boolean {
    return this.#monotonic() - this.#since < staleAfterMs;
  }

  ask(isOpen: (agent: string) => boolean): void {
    this.#asked.push(isOpen);
  }
}
