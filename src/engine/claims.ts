import type { Claimed } from "./run-context.ts";

interface ClaimOptions {
  /** for how many nodes there is room now: none while nothing may be launched */
  room: () => number;
  /** whether to ask also where there is no room: for what else the daemon then says of the run */
  looks: () => boolean;
  /** asks the daemon for up to `limit` nodes; 0: only how the run stands */
  claim: (limit: number) => Promise<readonly Claimed[]>;
  onNode: (node: Claimed) => void;
  onTrouble: (error: unknown) => void;
}

/** An engine's claims, one at a time. What became ready meanwhile is claimed right after it. */
export class Claims {
  readonly #options: ClaimOptions;
  #claiming: Promise<void> | null = null;
  #again = false;
  /** a claim failed, maybe for one of its nodes: until there are none left each is claimed alone */
  #failed = false;

  constructor(options: ClaimOptions) {
    this.#options = options;
  }

  /** The claim under way, whose nodes may still come. */
  get underWay(): Promise<void> | null {
    return this.#claiming;
  }

  soon(): void {
    if (this.#claiming !== null) {
      this.#again = true;
      return;
    }
    const room = Math.max(0, this.#options.room());
    if (room === 0 && !this.#options.looks()) return;
    this.#claiming = this.#claim(this.#failed ? Math.min(1, room) : room).finally(() => {
      this.#claiming = null;
      if (!this.#again) return;
      this.#again = false;
      this.soon();
    });
  }

  async #claim(limit: number): Promise<void> {
    const { claim, onNode, onTrouble } = this.#options;
    try {
      const nodes = await claim(limit);
      this.#failed &&= nodes.length > 0;
      this.#again ||= this.#failed;
      for (const node of nodes) onNode(node);
    } catch (error) {
      this.#failed = true;
      onTrouble(error);
    }
  }
}
