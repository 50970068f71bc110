import { nodeFigures, nodeLink } from "./figures.ts";
import { type Html, html, line, nothing } from "./html.ts";
import type { Report, ReportNode } from "./report.ts";
import { branchesOf, type Branch } from "./tree-order.ts";

/** The tree of the run, a row a node. */
export function tree({ nodes, made_at }: Report): Html {
  const now = Date.parse(made_at);
  return html`<section id="tree">
    <h2>Tree</h2>
    <div class="tree">
      <div class="row head" aria-hidden="true">
        <span>Node</span><span class="model">Model</span><span class="money">Cost</span
        ><span class="tokens">Tokens</span><span class="time">Time</span>
      </div>
      <ul>
        ${branchesOf(nodes).map((branch) => item(branch, now))}
      </ul>
    </div>
  </section>`;
}

function item({ node, below }: Branch, now: number): Html {
  if (below.length === 0) return html`<li>${row(node, now)}</li>`;
  return html`<li>
    <details open>
      <summary>${row(node, now)}</summary>
      <ul>
        ${below.map((branch) => item(branch, now))}
      </ul>
    </details>
  </li>`;
}

function row(node: ReportNode, now: number): Html {
  const { model, cost, tokens, time } = nodeFigures(node, now);
  return html`<div class="row">
    <span class="what"
      ><span class="badge ${node.status}">${node.status}</span> ${nodeLink(node.number)}
      ${line(node.goal)}${marks(node)}</span
    ><span class="model">${line(model)}</span><span class="money">${cost}</span
    ><span class="tokens">${tokens}</span><span class="time">${time}</span>
  </div>`;
}

/** What makes a node other than most. */
function marks({ type, needs, options, attempts, tries }: ReportNode): Html {
  const checks = attempts.flatMap((attempt) => attempt.checks);
  const last = checks.at(-1);
  const all = [
    ...(type === "ASK" ? ["question"] : []),
    ...(needs.length > 0 ? [`needs ${needs.map((need) => `#${need}`).join(", ")}`] : []),
    ...(options.type === "serial" ? ["serial"] : []),
    ...(options.for_each === undefined ? [] : [`for each of #${options.for_each}`]),
    ...(options.resolve === "any" ? ["any"] : []),
    ...(tries > 1 ? [`try ${tries}`] : []),
    ...(last === undefined ? [] : [`check ${last.verdict}`]),
  ];
  return all.length === 0 ? nothing : html` <small class="marks">${all.join(" · ")}</small>`;
}
