import { cost, unknown, type Cost } from "../tui/time.ts";
import { nodeFigures, nodeLink } from "./figures.ts";
import { type Html, html, line, nothing } from "./html.ts";
import type { Report, ReportNode } from "./report.ts";
import { branchesOf, inTreeOrder, type Branch } from "./tree-order.ts";

/** The tree of the run, a row a node. */
export function tree({ nodes, made_at }: Report): Html {
  const branches = branchesOf(nodes);
  const around: Around = { now: Date.parse(made_at), sums: sumsOf(branches) };
  return html`<section id="tree">
    <h2>Tree</h2>
    <div class="tree">
      <div class="row head" aria-hidden="true">
        <span>Node</span><span class="model">Model</span><span class="cost">Cost</span
        ><span class="tokens">Tokens</span><span class="time">Time</span>
      </div>
      <ul>
        ${branches.map((branch) => item(branch, around))}
      </ul>
    </div>
  </section>`;
}

interface Around {
  now: number;
  /** of each node, what it and all below it have cost */
  sums: ReadonlyMap<number, Cost>;
}

/** Children come after their parents in the order of the tree, so each sum is whole when it is added to the next. */
function sumsOf(branches: readonly Branch[]): Map<number, Cost> {
  const nodes = inTreeOrder(branches);
  const sums = new Map(
    nodes.map(({ number, usd, estimated, uncounted }) => [number, { usd, estimated, uncounted }]),
  );
  for (const node of nodes.toReversed()) {
    const [own, parent] = [sums.get(node.number), sums.get(node.parent ?? 0)];
    if (!own || !parent) continue;
    parent.usd += own.usd;
    parent.estimated ||= own.estimated;
    parent.uncounted += own.uncounted;
  }
  return sums;
}

function item({ node, below }: Branch, around: Around): Html {
  if (below.length === 0) return html`<li>${row(node, around)}</li>`;
  const sum = around.sums.get(node.number);
  // the root's stands at the top of the page
  const all = sum && sum.usd > node.usd && node.parent !== null ? `${cost(sum)} with all below` : "";
  return html`<li>
    <details open>
      <summary>${row(node, around, all)}</summary>
      <ul>
        ${below.map((branch) => item(branch, around))}
      </ul>
    </details>
  </li>`;
}

function row(node: ReportNode, { now }: Around, sum = ""): Html {
  const figures = nodeFigures(node, now);
  const cells = (["model", "cost", "tokens", "time"] as const).map((name) => {
    const text = figures[name];
    return html`<span class="${name}${text === unknown ? " unknown" : ""}">${line(text)}</span>`;
  });
  return html`<div class="row">
    <span class="what"
      ><span class="badge ${node.status}">${node.status}</span> ${nodeLink(node.number)}
      ${line(node.goal)}${marks(node, sum)}</span
    >${cells}
  </div>`;
}

/** What makes a node other than most. */
function marks({ type, needs, options, attempts, tries, proposal }: ReportNode, sum: string): Html {
  const checks = attempts.flatMap((attempt) => attempt.checks);
  const last = checks.at(-1);
  const all = [
    ...(type === "ASK" ? ["question"] : []),
    ...(proposal === "open" ? ["waits for approval"] : []),
    ...(proposal === "removed" ? ["taken out of the plan"] : []),
    ...(needs.length > 0 ? [`needs ${needs.map((need) => `#${need}`).join(", ")}`] : []),
    ...(options.type === "serial" ? ["serial"] : []),
    ...(options.for_each === undefined ? [] : [`for each of #${options.for_each}`]),
    ...(options.resolve === "any" ? ["any"] : []),
    ...(tries > 1 ? [`try ${tries}`] : []),
    ...(last === undefined ? [] : [`check ${last.verdict}`]),
    ...(sum === "" ? [] : [sum]),
  ];
  return all.length === 0 ? nothing : html` <small class="marks">${all.join(" · ")}</small>`;
}
