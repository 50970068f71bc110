import type { DrawnNode } from "../../core/node.ts";
import { isLost } from "../../core/words.ts";

/** A node that has ended with a reason. */
type Ended = Pick<DrawnNode, "number" | "status" | "reason">;

/** A reason that is no longer is short enough to stand more than once. */
const longReason = 40;

/**
 * Why each node ended, with a long reason printed once. A node that ended because of another names only that one.
 * Nodes with the same reason name the first that has it, a failed one before a cancelled one.
 */
export class Reasons {
  /** Long reasons by how they begin, so that each is compared with few. */
  readonly #long: Map<string, string[]>;
  readonly #first = new Map<string, number>();

  constructor(nodes: readonly Ended[]) {
    const ended = nodes.filter(({ status }) => isLost(status));
    const reasons = new Set(ended.flatMap(({ reason }) => (isLong(reason) ? [reason] : [])));
    this.#long = Map.groupBy(reasons, beginning);
    for (const wanted of ["failed", "cancelled"])
      for (const node of ended) {
        const reason = this.own(node);
        if (node.status === wanted && isLong(reason) && !this.#first.has(reason))
          this.#first.set(reason, node.number);
      }
  }

  /** A node's reason without that of the node that it follows from: `it needs #4, which failed`. */
  own({ reason }: Ended): string {
    const text = reason ?? "";
    const colon = text.indexOf(": ");
    const cause = text.slice(colon + 2);
    const isAnothers =
      colon > 0 &&
      cause.length >= longReason &&
      this.#long.get(beginning(cause))?.some((other) => other.startsWith(cause)) === true;
    return isAnothers ? text.slice(0, colon) : text;
  }

  /** The node under which its reason stands; its own number if that is here. */
  stands(node: Ended): number {
    return this.#first.get(this.own(node)) ?? node.number;
  }
}

function isLong(reason: string | null): reason is string {
  return reason !== null && reason.length >= longReason;
}

function beginning(reason: string): string {
  return reason.slice(0, longReason);
}
