/** Milliseconds since 1970, for the ages that are shown. People set this clock, so a deadline runs on performance.now(). */
export function wallClock(): number {
  // oxlint-disable-next-line no-restricted-properties -- what is shown is the wall clock's
  return Date.now();
}
