/** A cost says `counted: false` where nothing is known of it, and nothing else. */
export function knownIf(counted: boolean): { counted?: false } {
  return counted ? {} : { counted: false };
}
