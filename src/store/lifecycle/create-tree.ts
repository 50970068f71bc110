import { CordError } from "../../core/error.ts";
import { limits } from "../../core/limits.ts";
import { nodeOptionsOf, optionsBelow, type NodeOptions } from "../../core/node-options.ts";
import { quoted } from "../../core/text.ts";
import { depthOf } from "../../core/tree.ts";
import type { Tx } from "../store.ts";
import { getTask } from "../tables/ids.ts";
import { asNode, type NodeRow } from "../tables/node-row.ts";
import { announcePlan } from "../tables/proposals.ts";
import { optionsOf, takeNumber, type RunRow } from "../tables/runs.ts";
import { setColumns } from "../tables/tasks.ts";
import { addNode, isPlannedUnder, nodesLeft, refuseShape, type NewNode } from "./create.ts";
import { resolveNeeds, siblingBefore } from "./needs.ts";
import { goOn } from "./settle.ts";

/** A node of a plan, with all below it. One with children is decomposed already: it waits for them, and then synthesises. */
export interface PlannedNode extends Pick<
  NewNode,
  "name" | "prompt" | "returns" | "schema" | "model" | "agent"
> {
  /** by which others of the plan name it */
  key: string;
  options: Omit<NodeOptions, "for_each">;
  /** keys of nodes of the plan. What stands below a node needs what that does */
  needs: readonly string[];
  /** the key of the node whose list it is worked on for */
  for_each?: string | undefined;
  children: readonly PlannedNode[];
}

interface Planting {
  newId: () => string;
  /** numbers of nodes of the run that all of it needs */
  needs?: readonly number[];
  /** a person adds it, who need not approve it */
  byPerson?: boolean;
  now: number;
}

/**
 * Adds planned nodes, with all below them, under a node: all of them or none. Returns the uppermost. A parent that has no agent
 * to decompose it is to be added as waiting, in its synthesis; where its plan is to be approved, that is said. Throws `limit` at the run's limits, `invalid` for what cannot be,
 * and `conflict` for needs that could never be met.
 */
export async function createTree(
  tx: Tx,
  run: RunRow,
  parent: NodeRow,
  nodes: readonly PlannedNode[],
  { newId, needs = [], byPerson = false, now }: Planting,
): Promise<NodeRow[]> {
  refuseOverLimits(run, parent, nodes, await nodesLeft(tx, run));
  for (const { options, for_each } of nodes)
    refuseShape(run, parent, for_each === undefined ? options : { ...options, for_each: 0 });
  const outer = await resolveNeeds(tx, run.id, parent, [...needs, ...(await siblingBefore(tx, parent))]);
  const above = nodeOptionsOf(parent);
  const planted = await placedIn(tx, run, { nodes, above, parent: null, newId });
  connect(planted, outer, above.type === "serial");
  refuseCircles(planted);
  const isPlanned = isPlannedUnder(run, parent, byPerson);
  for (const one of planted) {
    const place = one.parent?.row ?? parent;
    const { key: _, children, for_each: _f, needs: _n, ...node } = one.planned;
    const { id, number, options } = one;
    const isDecomposed = children.length > 0;
    const placed = { ...node, id, number, options, needs: [...one.needs], isDecomposed, isPlanned };
    one.row = await addNode(tx, run, place, placed, now);
  }
  for (const { planned, row } of planted)
    if (row !== null && planned.children.length > 0) await setColumns(tx, row, counts(planned.children));
  const tops = counts(nodes);
  await setColumns(tx, parent, {
    children: parent.children + tops.children,
    open_children: parent.open_children + tops.open_children,
  });
  await announcePlan(tx, await getTask(tx, parent.id), null, now);
  for (const { id, options } of planted)
    if (options.for_each !== undefined) await goOn(tx, await getTask(tx, id), now);
  const rows: NodeRow[] = [];
  for (const { id, parent: place } of planted) if (place === null) rows.push(asNode(await getTask(tx, id)));
  return rows;
}

/** What the columns of a parent say of children that are all open. */
export function counts({ length }: readonly PlannedNode[]) {
  return { children: length, open_children: length };
}

/** Throws `limit` for more nodes, levels or children than the run may have. `left`: how many nodes more. */
export function refuseOverLimits(
  run: RunRow,
  parent: NodeRow,
  nodes: readonly PlannedNode[],
  left: number,
): void {
  const { max_depth, max_children } = optionsOf(run);
  const total = countOf(nodes);
  if (total > left)
    throw new CordError("limit", `The plan has ${total} nodes, and this run may have ${left} more.`);
  const depth = depthOf(parent.path) + heightOf(nodes);
  if (depth > max_depth)
    throw new CordError(
      "limit",
      `The plan would make this run ${depth} levels deep, and it may be ${max_depth}.`,
    );
  const max = Math.max(parent.children + nodes.length, maxBelow(nodes));
  if (max > max_children)
    throw new CordError(
      "limit",
      `The plan gives one node ${max} children, and in this run it may have ${max_children}.`,
    );
}

function countOf(nodes: readonly PlannedNode[]): number {
  return nodes.reduce((sum, { children }) => sum + 1 + countOf(children), 0);
}

function heightOf(nodes: readonly PlannedNode[]): number {
  return nodes.reduce(
    (max, { children, for_each }) => Math.max(max, 1 + (for_each === undefined ? heightOf(children) : 1)),
    0,
  );
}

function maxBelow(nodes: readonly PlannedNode[]): number {
  return nodes.reduce((max, { children }) => Math.max(max, children.length, maxBelow(children)), 0);
}

/** A planned node with its place in the run. */
export interface Planted {
  planned: PlannedNode;
  parent: Planted | null;
  id: string;
  number: number;
  options: NodeOptions;
  needs: Set<Need>;
  state: "pending";
  /** once it is added */
  row: NodeRow | null;
}

type Need = Planted | NodeRow;

interface Placing {
  nodes: readonly PlannedNode[];
  above: NodeOptions;
  parent: Planted | null;
  newId: () => string;
  /** nodes that are there already, by their keys */
  kept?: ReadonlyMap<string, NodeRow>;
}

/** The nodes in the order of their numbers: a parent before its children. */
export async function placedIn(tx: Tx, run: RunRow, placing: Placing): Promise<Planted[]> {
  const { nodes, above, parent, newId, kept = new Map<string, NodeRow>() } = placing;
  const all: Planted[] = [];
  for (const planned of nodes) {
    const options = optionsOfPlanned(planned, above, run.cwd);
    if (planned.for_each !== undefined && planned.children.length > 0)
      throw new CordError(
        "invalid",
        `${quoted(planned.name, 80)} has one child for each item of a list, and can have no others below it.`,
      );
    const row = kept.get(planned.key) ?? null;
    const { id, number } = row ?? { id: newId(), number: await takeNumber(tx, run.id) };
    const own = { planned, parent, id, number, needs: new Set<Need>() };
    const one: Planted = { ...own, options, state: "pending", row };
    all.push(one);
    for (const below of await placedIn(tx, run, {
      nodes: planned.children,
      above: options,
      parent: one,
      newId,
      kept,
    }))
      all.push(below);
  }
  return all;
}

/** Its shape is seen to later. Throws with the node's name. */
function optionsOfPlanned(planned: PlannedNode, above: NodeOptions, cwd: string | null): NodeOptions {
  const { key, name, options: asked, for_each: list } = planned;
  try {
    const { for_each: _, ...options } = optionsBelow(
      list === undefined ? asked : { ...asked, for_each: 1 },
      above,
      cwd,
    );
    return options;
  } catch (error) {
    if (!(error instanceof CordError)) throw error;
    throw new CordError(error.code, `${quoted(name, 80)}: ${error.message}`, { data: { node: key } });
  }
}

/** Gives each what it needs: what is said, the sibling before it, and what its parent needs. */
export function connect(
  all: readonly Planted[],
  outer: readonly NodeRow[],
  isSerial: boolean,
  known: ReadonlyMap<string, NodeRow> = new Map(),
): void {
  const byKey = new Map(all.map((one) => [one.planned.key, one]));
  const last = new Map<Planted | null, Planted>();
  for (const one of all) {
    const { planned, parent, needs } = one;
    for (const need of parent === null ? outer : parent.needs) needs.add(need);
    for (const key of planned.needs)
      needs.add((byKey.has(key) ? undefined : known.get(key)) ?? named(byKey, key, one));
    if (planned.for_each !== undefined) {
      const list =
        (byKey.has(planned.for_each) ? undefined : known.get(planned.for_each)) ??
        named(byKey, planned.for_each, one);
      needs.add(list);
      one.options = { ...one.options, for_each: list.number };
    }
    const before = last.get(parent);
    if (before !== undefined && (parent === null ? isSerial : parent.options.type === "serial"))
      needs.add(before);
    last.set(parent, one);
    if (needs.size > limits.needs)
      throw new CordError(
        "limit",
        `${quoted(planned.name, 80)} would need ${needs.size} nodes, with what those above it need, and may need ${limits.needs}.`,
      );
  }
}

function named(byKey: ReadonlyMap<string, Planted>, key: string, by: Planted): Planted {
  const found = byKey.get(key);
  if (found === undefined)
    throw new CordError(
      "not_found",
      `${quoted(by.planned.name, 80)} needs ${key}, which is no node of the plan.`,
      { data: { node: by.planned.key } },
    );
  const race = racesAbove(found).find((above) => !linesOf(by).includes(above));
  if (race === undefined) return found;
  throw new CordError(
    "conflict",
    `${quoted(by.planned.name, 80)} needs ${quoted(found.planned.name, 80)}, which is stopped if another child of ${quoted(race.planned.name, 80)} completes first. Let it need that one.`,
    { data: { node: by.planned.key } },
  );
}

function linesOf(one: Planted): Planted[] {
  return one.parent === null ? [one] : [one, ...linesOf(one.parent)];
}

function racesAbove(one: Planted): Planted[] {
  return linesOf(one)
    .slice(1)
    .filter(({ options }) => options.resolve === "any");
}

/** A node ends after what it needs and what is below it. Throws `conflict` where one would have to end before itself. */
export function refuseCircles(all: readonly Planted[]): void {
  const waits = new Map<Planted, Planted[]>(all.map((one) => [one, []]));
  for (const one of all) {
    if (one.parent !== null) waits.get(one.parent)?.push(one);
    for (const need of one.needs) if ("planned" in need) waits.get(one)?.push(need);
  }
  for (let left = -1; left !== waits.size;) {
    left = waits.size;
    for (const [one, on] of waits) if (!on.some((other) => waits.has(other))) waits.delete(one);
  }
  const [stuck] = waits.keys();
  if (stuck !== undefined)
    throw new CordError(
      "conflict",
      `${quoted(stuck.planned.name, 80)} would wait for itself for ever, over what it needs and what is below it. Leave one of the needs out.`,
      { data: { node: stuck.planned.key } },
    );
}
