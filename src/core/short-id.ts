/**
 * Ids as people read and type them: for each, the shortest prefix that no other of them has. Ids are UUIDv7 and begin
 * with their millisecond, so a prefix is never cut within it: what was left out of a list would else share it.
 */
export function shortIds(ids: readonly string[]): ReadonlyMap<string, string> {
  const sorted = [...new Set(ids)].toSorted();
  return new Map(
    sorted.map((id, at) => {
      const shared = Math.max(sharedLength(id, sorted[at - 1]), sharedLength(id, sorted[at + 1]));
      return [id, id.slice(0, Math.max(millisecondLength, shared + 1))];
    }),
  );
}

/** `019aa4f1-77c2`: the 48 bits of a UUIDv7's time, as it is written. */
const millisecondLength = 13;

function sharedLength(id: string, other: string | undefined): number {
  if (other === undefined) return 0;
  let at = 0;
  while (at < id.length && id[at] === other[at]) at += 1;
  return at;
}
