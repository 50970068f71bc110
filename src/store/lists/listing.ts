import type { Sought } from "../../core/filter.ts";
import type { Asked } from "./conditions.ts";
import type { Found } from "./scans.ts";

/** newest: the last made first. ready: as tasks are to be taken, the best priority first, then the oldest. changed: the latest change first. */
export type Order = "newest" | "ready" | "changed";

/** What is looked for. `after` is where an earlier page ended. */
export interface Listing {
  filter: Sought;
  order: Order;
  limit: number;
  after?: PageCursor | undefined;
}

/** A task's place in an order. */
export type PageCursor = Pick<Found, "standing" | "key">;

/** A listing, and what it asks of each task. */
export interface Query extends Listing {
  asked: Asked;
}
