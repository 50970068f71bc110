/** Whether a value's objects and lists nest deeper than a limit. It stops as soon as that is certain, so that no value can exhaust the stack. */
export function nestsDeeper(value: unknown, limit: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (limit === 0) return true;
  return Object.values(value).some((inner) => nestsDeeper(inner, limit - 1));
}
