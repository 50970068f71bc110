/** What is found by a key that several may have. A key that nothing has any more is forgotten. */
export type ByKey<One, Key = string> = Map<Key, Set<One>>;

export function addTo<One, Key>(byKey: ByKey<One, Key>, key: Key, one: One): void {
  const found = byKey.get(key);
  if (found) found.add(one);
  else byKey.set(key, new Set([one]));
}

/** False: it was not there. */
export function removeFrom<One, Key>(byKey: ByKey<One, Key>, key: Key, one: One): boolean {
  const found = byKey.get(key);
  const wasThere = found?.delete(one) ?? false;
  if (found?.size === 0) byKey.delete(key);
  return wasThere;
}

/** Something is found by another key than before; null: by none. */
export function moveTo<One, Key>(
  byKey: ByKey<One, Key>,
  { from, to }: { from: Key | null; to: Key | null },
  one: One,
): void {
  if (from === to) return;
  if (from !== null) removeFrom(byKey, from, one);
  if (to !== null) addTo(byKey, to, one);
}
