import { nodeOptionsOf } from "../../core/node-options.ts";
import { isRemoved } from "../../core/proposal.ts";
import { chainOf } from "../../core/tree.ts";
import { askKind, finalStates } from "../../core/words.ts";
import { needsOf, type NodeRow } from "../tables/node-row.ts";
import { hasShape } from "./shapes.ts";

/** Whether cord ended it, and no person or agent. */
export function isUnasked({ stopped_by }: NodeRow): boolean {
  return stopped_by === null;
}

/** A node without a result that would have had one. A question is put again by whoever wants it answered. */
export function isLost(row: NodeRow): boolean {
  return row.kind !== askKind && (row.state === "failed" || row.state === "cancelled");
}

/** A run's nodes as they were before anything is opened. */
export class RetryTree {
  readonly rows: readonly NodeRow[];
  readonly #byId: ReadonlyMap<string, NodeRow>;
  readonly #byNumber: ReadonlyMap<number, NodeRow>;
  readonly #children: ReadonlyMap<string | null, readonly NodeRow[]>;

  constructor(rows: readonly NodeRow[]) {
    this.rows = rows;
    this.#byId = new Map(rows.map((row) => [row.id, row]));
    this.#byNumber = new Map(rows.map((row) => [row.number, row]));
    this.#children = Map.groupBy(rows, ({ parent_id }) => parent_id);
  }

  childrenOf({ id }: NodeRow): readonly NodeRow[] {
    return this.#children.get(id) ?? [];
  }

  /** Whether it lies in, or is, a child that was not the first: its parent has another's result. */
  isMoot(row: NodeRow): boolean {
    const line = [...this.ancestorsOf(row), row];
    return line.some((one, index) => {
      const above = line[index - 1];
      return above !== undefined && isLost(one) && isRace(above) && above.state === "completed";
    });
  }

  needsOf(row: NodeRow): NodeRow[] {
    return needsOf(row).flatMap((id) => this.#byId.get(id) ?? []);
  }

  ancestorsOf(row: NodeRow): NodeRow[] {
    const above = chainOf(row.path).slice(0, -1);
    return above.flatMap((number) => this.#byNumber.get(number) ?? []);
  }

  /**
   * These nodes, what was cancelled because of them, and their ancestors that ended without a result; of a node that is
   * nothing without its children, those too. Left out are nodes that still could not run, because they need, or stand
   * under, a node that stays as it is. `missing` is the first such need.
   */
  hangingOn(
    ids: readonly string[],
    mayOpen: (row: NodeRow) => boolean,
  ): { wanted: ReadonlySet<string>; missing: NodeRow | null } {
    const asked = new Set(ids);
    const wanted = new Set(ids);
    const add = (row: NodeRow) => isLost(row) && !isRemoved(row) && mayOpen(row) && wanted.add(row.id);
    untilStable(
      wanted,
      (row) => {
        if (wanted.has(row.id)) {
          this.ancestorsOf(row).forEach(add);
          if (asked.has(row.id) && hasShape(row)) this.#neededBelow(row).forEach(add);
        } else if (row.cancelled_for !== null && wanted.has(row.cancelled_for)) add(row);
      },
      this.rows,
    );
    let missing: NodeRow | null = null;
    untilStable(
      wanted,
      (row) => {
        if (!wanted.has(row.id)) return;
        const need = this.missingNeed(wanted, row);
        missing ??= need ?? null;
        if (need || this.#isClosedAbove(wanted, row)) wanted.delete(row.id);
      },
      this.rows,
    );
    return { wanted, missing };
  }

  /** With these opened: the completed nodes above them, which wait again, and whether a node is open then. */
  with(wanted: ReadonlySet<string>): { above: ReadonlySet<NodeRow>; isOpen: (row: NodeRow) => boolean } {
    const above = new Set(
      this.rows
        .filter(({ id }) => wanted.has(id))
        .flatMap((row) => this.ancestorsOf(row).filter(({ state }) => state === "completed")),
    );
    const isOpen = (row: NodeRow) => wanted.has(row.id) || above.has(row) || !finalStates.includes(row.state);
    return { above, isOpen };
  }

  /**
   * The nodes that would wait for ever with these opened: a completed node above one of them that waits again may be needed by
   * what that one waits for.
   */
  stuckWith(wanted: ReadonlySet<string>): NodeRow[] {
    const { isOpen } = this.with(wanted);
    const waiters = new Map<NodeRow, NodeRow[]>();
    const waits = new Map<NodeRow, number>();
    const open = this.rows.filter(isOpen);
    for (const row of open) {
      const on = [...this.needsOf(row), ...this.childrenOf(row)].filter(isOpen);
      waits.set(row, on.length);
      for (const one of on) waiters.getOrInsertComputed(one, () => []).push(row);
    }
    const free = open.filter((row) => waits.get(row) === 0);
    for (let one = free.pop(); one !== undefined; one = free.pop()) {
      waits.delete(one);
      for (const waiter of waiters.get(one) ?? []) {
        const left = (waits.get(waiter) ?? 0) - 1;
        waits.set(waiter, left);
        if (left === 0) free.push(waiter);
      }
    }
    return [...waits.keys()];
  }

  /** A need of a node that will have no result. */
  missingNeed(wanted: ReadonlySet<string>, row: NodeRow): NodeRow | undefined {
    return this.needsOf(row).find((need) => isLost(need) && !wanted.has(need.id));
  }

  /** The children that it had no result for; those that somebody has stopped only where there are no others. */
  #neededBelow(row: NodeRow): readonly NodeRow[] {
    const lost = this.childrenOf(row).filter(isLost);
    return lost.some(isUnasked) ? lost.filter(isUnasked) : lost;
  }

  #isClosedAbove(wanted: ReadonlySet<string>, row: NodeRow): boolean {
    return this.ancestorsOf(row).some((above) => isLost(above) && !wanted.has(above.id));
  }
}

/** Whether its first child that completes is its result. */
function isRace(row: NodeRow): boolean {
  return nodeOptionsOf(row).resolve === "any";
}

/** What one node brings in, or takes out, may bring in or take out others. */
function untilStable(set: ReadonlySet<string>, look: (row: NodeRow) => void, rows: readonly NodeRow[]): void {
  for (let size = -1; size !== set.size;) {
    size = set.size;
    rows.forEach(look);
  }
}
