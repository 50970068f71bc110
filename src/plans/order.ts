import type { Fault, PlanNode } from "./plan.ts";

/** A plan's node with what its order follows from. */
interface Placed {
  node: PlanNode;
  parent: Placed | null;
  /** the sibling that it comes after */
  before: Placed | null;
}

/** Labels that stand twice, needs that name nothing, and nodes that would wait for each other for ever. */
export function orderFaults(nodes: readonly PlanNode[], known: ReadonlySet<string> = new Set()): Fault[] {
  const placed = placedIn(nodes);
  const labels = new Map<string, Placed>();
  const faults: Fault[] = [];
  for (const one of placed) {
    const { label, line } = one.node;
    if (label === null) continue;
    const first = labels.get(label);
    if (first === undefined) labels.set(label, one);
    else
      faults.push({
        line,
        text: `#${label} is the label of the node on line ${first.node.line} already. Choose another.`,
      });
  }
  for (const { node } of placed)
    for (const label of needsOf(node))
      if (!labels.has(label) && !known.has(label))
        faults.push({ line: node.line, text: `There is no node #${label}. ${thereAre(labels, known)}` });
  return faults.length > 0 ? faults : stuckIn(placed, labels);
}

/** The labels of what a node needs. */
export function needsOf({ attributes: { needs = [], for_each: list } }: PlanNode): string[] {
  return list === undefined ? needs : [...needs, list];
}

function placedIn(nodes: readonly PlanNode[], parent: Placed | null = null): Placed[] {
  const placed: Placed[] = [];
  let before: Placed | null = null;
  const isSerial = parent?.node.attributes.type === "serial";
  for (const node of nodes) {
    const one: Placed = { node, parent, before: node.after || isSerial ? before : null };
    placed.push(one);
    // one at a time: a call with as many arguments as a plan has nodes has no room
    for (const below of placedIn(node.children, one)) placed.push(below);
    before = one;
  }
  return placed;
}

const maxShown = 10;

function thereAre(labels: ReadonlyMap<string, Placed>, known: ReadonlySet<string>): string {
  const names = [...labels.keys(), ...known].slice(0, maxShown).map((label) => `#${label}`);
  return names.length === 0
    ? "Give the node that is meant a label: {#prices} at the end of its goal."
    : `There are ${names.join(", ")}.`;
}

/** One of the two moments of a node, and which must come before it. */
interface Moment {
  of: Placed;
  waitsFor: Moment[];
  isAsked: boolean;
  isDone: boolean;
}

/**
 * A node begins when its parent has begun and what it needs has ended; it ends when its children have. What, over any
 * path, waits for itself is a fault.
 */
function stuckIn(placed: readonly Placed[], labels: ReadonlyMap<string, Placed>): Fault[] {
  const moment = (of: Placed): Moment => ({ of, waitsFor: [], isAsked: false, isDone: false });
  const begins = new Map(placed.map((one) => [one, moment(one)]));
  const ends = new Map(placed.map((one) => [one, moment(one)]));
  for (const one of placed) {
    const needed = needsOf(one.node).flatMap((label) => labels.get(label) ?? []);
    for (const need of one.before === null ? needed : [one.before, ...needed])
      wait(begins.get(one), ends.get(need));
    wait(ends.get(one), begins.get(one));
    if (one.parent === null) continue;
    wait(begins.get(one), begins.get(one.parent));
    wait(ends.get(one.parent), ends.get(one));
  }
  for (const end of ends.values()) {
    const circle = circleFrom(end);
    if (circle !== null) return [stuck(circle)];
  }
  return [];
}

function wait(one: Moment | undefined, other: Moment | undefined): void {
  if (other !== undefined) one?.waitsFor.push(other);
}

/** What waits for itself, of all that a moment waits for. Each moment is looked at once, however often this is called. */
function circleFrom(from: Moment): Placed[] | null {
  const path = [from];
  for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
    at.isAsked = true;
    const next = at.waitsFor.find(({ isDone }) => !isDone);
    if (next === undefined) {
      at.isDone = true;
      path.pop();
    } else if (next.isAsked) return path.slice(path.indexOf(next)).map(({ of }) => of);
    else path.push(next);
  }
  return null;
}

function stuck(circle: readonly Placed[]): Fault {
  const nodes = [...new Set(circle)].map(({ node }) => node).toSorted((a, b) => a.line - b.line);
  const names = nodes
    .slice(0, maxShown)
    .map(({ label, line }) => (label === null ? `line ${line}` : `#${label}`));
  return {
    line: nodes.find((node) => needsOf(node).length > 0)?.line ?? nodes[0]?.line ?? 1,
    text:
      nodes.length === 1
        ? "This node would wait for itself for ever. Leave itself out of its needs."
        : `These nodes would wait for each other for ever: ${names.join(", ")}. A node waits for what it needs, and for what stands below it. Leave one of the needs out.`,
  };
}
