/**
 * The number of a task on its project's board, as people write it: `12` or `#12`. Null for anything else: a number
 * never begins with 0, an id does.
 */
export function boardNumber(text: string): number | null {
  const digits = /^#?([1-9]\d{0,8})$/.exec(text)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** Whether this is an id as ids are written, with nothing left to look up. */
export function isWholeId(id: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
}

/**
 * Ids as people read and type them: for each the shortest prefix that no other id in the list has. Ids are UUIDv7 and
 * begin with their millisecond. A prefix is never cut inside it, because tasks outside the list could share such a
 * prefix.
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
 * The shortest beginning of an id that its neighbours in the order of all ids do not share. Eight characters, as
 * scripts of the board before this one expect, if that is enough. Eight characters of a UUIDv7 cover about 65 s;
 * while those last, the next task would share them, so the whole millisecond is given.
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
