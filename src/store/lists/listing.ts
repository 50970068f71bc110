import type { Sought } from "../../core/filter.ts";
import type { Asked } from "./conditions.ts";
import type { Found } from "./scans.ts";

/**
 * `newest`: the last created first. `ready`: in the order for taking tasks, by priority, then the oldest first.
 * `changed`: the latest change first.
 */
export type Order = "newest" | "ready" | "changed";

/** What is looked for. `after` is where an earlier page ended. */
export interface Listing {
  filter: Sought;
  order: Order;
  limit: number;
  after?: PageCursor | undefined;
}

/** Where a page of a list ended: the next one begins after this task. */
export type PageCursor = Pick<Found, "standing" | "key">;

/** A listing, and what it asks of each task. */
export interface Query extends Listing {
  asked: Asked;
}
