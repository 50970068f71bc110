/**
 * One moment by the daemon's two clocks, in milliseconds. People set the first, and a machine that sleeps makes it jump:
 * it is for what is stored and shown. Deadlines are held against the second, which never steps and does not count
 * the time in which nobody could have met one.
 */
export interface Moment {
  /** the wall clock, since 1970 */
  now: number;
  /** the daemon's own; what it counts from means nothing */
  monotonic: number;
}
