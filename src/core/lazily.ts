/** Makes something at the first call, for all of them. */
export function lazily<Made>(make: () => Made): () => Made {
  let made: { one: Made } | null = null;
  return () => (made ??= { one: make() }).one;
}
