/** Milliseconds since 1970: for ages that are shown, and for moments that others give. People set this clock, so other deadlines run on performance.now(). */
export function wallClock(): number {
  // oxlint-disable-next-line no-restricted-properties -- this is the wall clock
  return Date.now();
}
