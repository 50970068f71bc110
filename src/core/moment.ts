/**
 * One moment by the daemon's two clocks, in milliseconds. The wall clock can be set by people and jumps after sleep:
 * it is for what is stored and shown. Deadlines use the monotonic clock: it never steps, and does not count time in
 * which nobody could meet a deadline.
 */
export interface Moment {
  /** the wall clock, since 1970 */
  now: number;
  /** the daemon's own; what it counts from means nothing */
  monotonic: number;
}
