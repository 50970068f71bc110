import type { CheckRun } from "../core/check.ts";
import type { AttemptRecord } from "../core/run-record.ts";
import { shortRun } from "../core/node-refusal.ts";
import { duration } from "../tui/time.ts";
import { attemptFigures, moment, namedNode, nodeFigures, nodeLink, plural } from "./figures.ts";
import { type Html, html, line, lines, nothing } from "./html.ts";
import { cutNote, resultText } from "./outcome.ts";
import type { Report, ReportNode } from "./report.ts";
import { branchesOf, inTreeOrder } from "./tree-order.ts";

/** All that is known of each node, folded. */
export function nodeDetails(report: Report): Html {
  const byNumber = new Map(report.nodes.map((node) => [node.number, node]));
  const rows = inTreeOrder(branchesOf(report.nodes));
  return html`<section id="nodes">
    <h2>Nodes</h2>
    <p class="tools" hidden>
      <input
        type="search"
        id="find"
        placeholder="Find in goals, prompts and results"
        aria-label="Find in goals, prompts and results"
      />
      <label><input type="checkbox" id="only-lost" /> only what was lost</label>
      <button type="button" id="unfold">Unfold all</button> <button type="button" id="fold">Fold all</button>
      <span id="found" role="status"></span>
    </p>
    ${rows.map(({ node }) => detail(node, { report, byNumber }))}
  </section>`;
}

interface World {
  report: Report;
  byNumber: ReadonlyMap<number, ReportNode>;
}

function detail(node: ReportNode, { report, byNumber }: World): Html {
  const now = Date.parse(report.made_at);
  const { model, cost, tokens, time } = nodeFigures(node, now);
  const run = shortRun(report.run.id);
  const others = (title: string, numbers: readonly number[]) => {
    const named = numbers.flatMap((number) => byNumber.get(number) ?? []);
    return named.length === 0
      ? nothing
      : html`<div>
          <dt>${title}</dt>
          <dd>${named.map((one) => html`<div>${namedNode(one)}</div>`)}</dd>
        </div>`;
  };
  const children = report.nodes.filter(({ parent }) => parent === node.number).map(({ number }) => number);
  return html`<details class="node" id="n${node.number}" data-status="${node.status}">
    <summary>
      <span class="badge ${node.status}">${node.status}</span> <span class="number">#${node.number}</span>
      <span class="goal">${line(node.goal)}</span>
      <small>${line([model, cost, time].filter((text) => text !== "–").join(" · "))}</small>
    </summary>
    ${node.reason === null ? nothing : html`<p class="why">${line(node.reason)}</p>`}
    <dl class="facts">
      ${others("Parent", node.parent === null ? [] : [node.parent])}${others("Needs", node.needs)}${others("Children", children)}
      ${facts(node, tokens).map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
    ${part(
      node.type === "ASK" ? "Question" : "Prompt",
      node.type === "ASK"
        ? null
        : node.prompt &&
            html`<pre class="text">${lines(node.prompt.text)}</pre>
              ${cutNote(node.prompt, `cord show ${node.number} --run ${run}`)}`,
      false,
    )}
    ${part(node.type === "ASK" ? "Answer" : "Result", node.result && resultText(node.result, `cord show ${node.number} --run ${run}`), true)}
    ${told(node, report)} ${attempts(node, { run, now })}
  </details>`;
}

function facts(node: ReportNode, tokens: string): [name: string, value: Html][] {
  const { options, question, returns, created_at, ended_at } = node;
  const texts: [string, string | null | undefined][] = [
    ["Question", question?.text],
    ["Choices", question?.options?.join(", ")],
    ["Returns", returns === "text" ? null : returns],
    ["Check", options.check],
    ["Folder", options.cwd],
    ["Tools", options.allowed_tools?.join(", ")],
    ["Tokens", tokens === "–" ? null : tokens],
  ];
  return [
    ...texts.flatMap(([name, text]): [string, Html][] =>
      text === null || text === undefined || text === "" ? [] : [[name, line(text)]],
    ),
    ["Created", moment(created_at)],
    ...(ended_at === null ? [] : [["Ended", moment(ended_at)] satisfies [string, Html]]),
  ];
}

function part(title: string, content: Html | null, isOpen: boolean): Html {
  if (content === null) return nothing;
  return isOpen
    ? html`<details open>
        <summary>${title}</summary>
        ${content}
      </details>`
    : html`<details>
        <summary>${title}</summary>
        ${content}
      </details>`;
}

/** What people said to it, and did with it. */
function told({ number }: ReportNode, { happenings }: Report): Html {
  const own = happenings.filter((happening) => happening.number === number);
  if (own.length === 0) return nothing;
  const entries = own.map(
    ({ at, type, by, text }) =>
      html`<li>
        ${moment(at)}
        ${type.replace(/^\w+\./, "")}${by === null ? nothing : html` by ${line(by)}`}${text === "" ? nothing : html`: ${line(text)}`}
      </li>`,
  );
  return html`<details open>
    <summary>What people did</summary>
    <ul class="plain">
      ${entries}
    </ul>
  </details>`;
}

function attempts(node: ReportNode, { run, now }: { run: string; now: number }): Html {
  if (node.attempts.length === 0) return nothing;
  const left =
    node.attempts_left_out === 0
      ? nothing
      : html`<p class="cut">${plural(node.attempts_left_out, "earlier attempt")} left out.</p>`;
  return html`<h4>${plural(node.attempts.length, "attempt")}</h4>
    ${left}${node.attempts.map((attempt) => attemptDetail(node, attempt, { run, now }))}`;
}

function attemptDetail(
  node: ReportNode,
  attempt: AttemptRecord,
  { run, now }: { run: string; now: number },
): Html {
  const { model, cost, tokens, time } = attemptFigures(attempt, now);
  const how = attempt.exit ?? attempt.state;
  const figures = [attempt.phase ?? "", model, time, cost, tokens].filter(
    (text) => text !== "" && text !== "–",
  );
  const log = `cord logs ${node.number} --attempt ${attempt.attempt} --run ${run}`;
  return html`<div class="attempt" id="n${node.number}-${attempt.attempt}">
    <p>
      <strong>${nodeLink(node.number)} attempt ${attempt.attempt}</strong>
      <span class="badge exit-${how}">${how}</span>
      <small>${line(figures.join(" · "))} · ${moment(attempt.started_at)}</small>
    </p>
    ${attempt.reason === null ? nothing : html`<p class="why">${line(attempt.reason)}</p>`}
    ${part("Said when it handed out work", attempt.said && resultText(attempt.said, log), false)}
    ${part("A result that came too late to count", attempt.late_result && resultText(attempt.late_result, log), false)}
    ${attempt.checks.map(check)}
  </div>`;
}

function check({ command, code, verdict, output, took_ms }: CheckRun): Html {
  const how = [verdict, code === null ? "" : `exit ${code}`, duration(took_ms)].filter((text) => text !== "");
  return html`<details class="check">
    <summary>
      <span class="badge check-${verdict.replace(" ", "-")}">check ${verdict}</span>
      <code>${line(command)}</code> <small>${how.slice(1).join(" · ")}</small>
    </summary>
    <pre>${lines(output)}</pre>
  </details>`;
}
