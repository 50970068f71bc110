/** The groups of files that import themselves by way of each other. Source: Tarjan 1972, strongly connected components. */
export function circlesOf(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const numbers = new Map<string, number>();
  const open: string[] = [];

  /** The lowest number of an open file that this one leads to. */
  const visit = (path: string): number => {
    const own = numbers.size;
    numbers.set(path, own);
    open.push(path);
    let lowest = own;
    for (const next of imports.get(path) ?? []) {
      const known = numbers.get(next);
      if (known === undefined) lowest = Math.min(lowest, visit(next));
      else if (open.includes(next)) lowest = Math.min(lowest, known);
    }
    if (lowest === own) {
      const group = open.splice(open.indexOf(path));
      if (group.length > 1 || imports.get(path)?.includes(path)) circles.push(group.toSorted());
    }
    return lowest;
  };

  for (const path of imports.keys()) if (!numbers.has(path)) visit(path);
  return circles;
}
