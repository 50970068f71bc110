import { isPaid } from "../core/agents.ts";
import { afterAwake } from "../system/awake-timer.ts";
import type { Claimed } from "./run-context.ts";

/** What decides whether two agents' prompts begin alike. */
type Sibling = Pick<Claimed, "agent" | "model" | "session_id" | "options"> & {
  brief: Pick<Claimed["brief"], "phase" | "chain">;
};

/** The first of some siblings, whose answer the others wait for. */
interface First {
  node: Sibling;
  answered: PromiseWithResolvers<void>;
}

/**
 * Lets one of the siblings that start together go first. The others wait for its first answer, a few seconds at most:
 * then what their prompts have in common stands in the model's cache, and they read it for a tenth of its price. Those
 * that begin later do not wait, as long as the first is at work.
 */
export class Siblings {
  readonly #maxMs: number;
  readonly #firsts = new Map<string, First>();

  /** maxMs: how long an answer is waited for */
  constructor(maxMs: number) {
    this.#maxMs = maxMs;
  }

  /** Resolves when this one may start. `stopped` ends the wait. */
  async turn(node: Sibling, stopped: Promise<unknown>): Promise<void> {
    const key = keyOf(node);
    if (key === null) return;
    const first = this.#firsts.get(key);
    if (first === undefined) {
      this.#firsts.set(key, { node, answered: Promise.withResolvers() });
      return;
    }
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const stop = afterAwake(this.#maxMs, resolve);
    await Promise.race([first.answered.promise, stopped, late]);
    stop();
  }

  /** The model has answered this one. */
  answered(node: Sibling): void {
    this.#firstOf(node)?.answered.resolve();
  }

  /** This one is over, however. */
  over(node: Sibling): void {
    const first = this.#firstOf(node);
    if (first === undefined) return;
    first.answered.resolve();
    this.#firsts.delete(keyOf(node) ?? "");
  }

  /** Itself, where it is the first of its siblings. */
  #firstOf(node: Sibling): First | undefined {
    const first = this.#firsts.get(keyOf(node) ?? "");
    return first?.node === node ? first : undefined;
  }
}

/** Null: it shares nothing, because it is alone, costs nothing, or goes on in a session of its own. */
function keyOf({ agent, model, session_id, options, brief }: Sibling): string | null {
  const parent = brief.chain.at(-1);
  if (parent === undefined || session_id !== null || brief.phase !== "work" || !isPaid(agent)) return null;
  return JSON.stringify([parent.number, agent, model, options.cwd, options.allowed_tools]);
}
