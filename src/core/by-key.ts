/** What is found by a key that several may have. A key that nothing has any more is forgotten. */
export type ByKey<One> = Map<string, Set<One>>;

export function addTo<One>(byKey: ByKey<One>, key: string, one: One): void {
  const found = byKey.get(key);
  if (found) found.add(one);
  else byKey.set(key, new Set([one]));
}

/** False: it was not there. */
export function removeFrom<One>(byKey: ByKey<One>, key: string, one: One): boolean {
  const found = byKey.get(key);
  const wasThere = found?.delete(one) ?? false;
  if (found?.size === 0) byKey.delete(key);
  return wasThere;
}
