/** The number that a task has on its project's board, as people write it: `12` or `#12`. Null for what is none: no number begins with 0, as ids do. */
export function boardNumber(text: string): number | null {
  const digits = /^#?([1-9]\d{0,8})$/.exec(text)?.[1];
  return digits === undefined ? null : Number(digits);
}

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

/**
 * The beginning of one id that its neighbours, in the order of all ids, do not have: eight characters, as scripts of the
 * board before this one know them, where that is enough. Of a UUIDv7 they stand for some 65 s: as long as these last,
 * the next task would share them, so the millisecond is given too.
 */
export function shortId(
  id: string,
  neighbours: { before: string | undefined; after: string | undefined },
  now: number,
): string {
  const shared = Math.max(sharedLength(id, neighbours.before), sharedLength(id, neighbours.after));
  const isGrowing = id[14] === "7" && Number.parseInt(id.slice(0, 8), 16) >= Math.floor(now / 65_536);
  return id.slice(0, Math.max(isGrowing ? millisecondLength : shortLength, shared + 1));
}

/** No list shows an id by less. */
export const shortLength = 8;

/** `019aa4f1-77c2`: the 48 bits of a UUIDv7's time, as it is written. */
const millisecondLength = 13;

function sharedLength(id: string, other: string | undefined): number {
  if (other === undefined) return 0;
  let at = 0;
  while (at < id.length && id[at] === other[at]) at += 1;
  return at;
}
