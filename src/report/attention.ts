import { checkOutcome } from "../core/check.ts";
import { isLost } from "../core/words.ts";
import { Reasons } from "../tui/run/reasons.ts";
import { namedNode, plural } from "./figures.ts";
import { type Html, html, line, nothing } from "./html.ts";
import type { Report, ReportNode } from "./report.ts";

/** What went wrong and what was asked, in one place. Nothing where there is neither. */
export function attention({ nodes }: Report): Html {
  const lost = nodes.filter((node) => isLost(node.status) && node.type !== "ASK");
  const refused = nodes.flatMap((node) =>
    node.attempts.flatMap(({ checks }) =>
      checks.flatMap((check) =>
        check.verdict === "passed" ? [] : [html`<li>${named(node, checkOutcome(check))}</li>`],
      ),
    ),
  );
  const asks = nodes.filter((node) => node.type === "ASK");
  const denied = nodes.filter(({ denials }) => denials > 0);
  const lists = [
    list(plural(lost.length, "node") + " lost", losses(lost)),
    list(plural(refused.length, "refused check"), refused),
    list(plural(asks.length, "question"), asks.map(question)),
    list(
      "Denied to agents",
      denied.map((node) => html`<li>${named(node, deniedTools(node))}</li>`),
    ),
  ].filter((part) => part !== nothing);
  return lists.length === 0
    ? nothing
    : html`<section id="attention">
        <h2>Failures and questions</h2>
        ${lists}
      </section>`;
}

function list(title: string, entries: readonly Html[]): Html {
  if (entries.length === 0) return nothing;
  return html`<h3>${title}</h3>
    <ul class="plain">
      ${entries}
    </ul>`;
}

function named(node: ReportNode, why: string): Html {
  return html`${namedNode(node)} <span class="reason">${line(why)}</span>`;
}

/** What failed comes first: the rest may follow from it. */
function losses(lost: readonly ReportNode[]): Html[] {
  const reasons = new Reasons(lost);
  const sorted = lost.toSorted(
    (left, right) => right.status.localeCompare(left.status) || left.number - right.number,
  );
  return sorted.map(
    (node) =>
      html`<li>
        <span class="badge ${node.status}">${node.status}</span> ${namedNode(node)}
        <span class="reason">${line(reasons.own(node))}</span>
      </li>`,
  );
}

function question(node: ReportNode): Html {
  const answer =
    node.result === null
      ? html`<em>not answered</em>`
      : html`answer: <strong>${line(node.result.text)}</strong>`;
  return html`<li><span class="badge ask">asked</span> ${namedNode(node)} — ${answer}</li>`;
}

function deniedTools({ denied, denials }: ReportNode): string {
  const tools = Object.entries(denied).map(([tool, times]) => (times > 1 ? `${tool} ${times} times` : tool));
  return tools.length === 0 ? `${denials} times` : tools.join(", ");
}
