import { shortRun } from "../core/node-refusal.ts";
import { attempts } from "./attempts.ts";
import { unknown } from "../tui/time.ts";
import { known, moment, namedNode, nodeFigures } from "./figures.ts";
import { folded } from "./folded.ts";
import { type Html, html, line, lines, nothing } from "./html.ts";
import { cutNote, resultText } from "./outcome.ts";
import type { Report, ReportNode, Transcript } from "./report.ts";
import { branchesOf, inTreeOrder } from "./tree-order.ts";

/** All that is known of each node, folded. */
export function nodeDetails(report: Report): Html {
  const around: Around = {
    report,
    run: shortRun(report.run.id),
    now: Date.parse(report.made_at),
    byNumber: new Map(report.nodes.map((node) => [node.number, node])),
    children: Map.groupBy(report.nodes, ({ parent }) => parent),
    transcripts: new Map(report.transcripts.map((one) => [`${one.number}-${one.attempt}`, one])),
  };
  const nodes = inTreeOrder(branchesOf(report.nodes));
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
    ${nodes.map((node) => detail(node, around))}
  </section>`;
}

interface Around {
  report: Report;
  /** the run's id, as a person would type it */
  run: string;
  now: number;
  byNumber: ReadonlyMap<number, ReportNode>;
  children: ReadonlyMap<number | null, readonly ReportNode[]>;
  transcripts: ReadonlyMap<string, Transcript>;
}

function detail(node: ReportNode, around: Around): Html {
  const { byNumber, children, report, run, now } = around;
  const { model, cost, tokens, time } = nodeFigures(node, now);
  const isAsk = node.type === "ASK";
  const show = `cord show ${node.number} --run ${run}`;
  const needs = node.needs.flatMap((number) => byNumber.get(number) ?? []);
  const parent = node.parent === null ? [] : [byNumber.get(node.parent) ?? []].flat();
  const item =
    node.item &&
    html`<pre>${lines(node.item.text)}</pre>
      ${cutNote(node.item, show)}`;
  const prompt =
    node.prompt &&
    html`<pre>${lines(node.prompt.text)}</pre>
      ${cutNote(node.prompt, show)}`;
  return html`<details class="node" id="n${node.number}" data-status="${node.status}">
    <summary>
      <span class="badge ${node.status}">${node.status}</span> <span class="number">#${node.number}</span>
      <span class="goal">${line(node.goal)}</span> <small>${line(known(model, cost, time))}</small>
    </summary>
    ${node.reason === null ? nothing : html`<p class="why">${line(node.reason)}</p>`}
    <dl class="facts">
      ${others("Parent", parent)}${others("Needs", needs)}${others("Children", children.get(node.number) ?? [])}
      ${facts(node, tokens).map(fact)}
    </dl>
    ${folded(`Item ${node.item?.index ?? ""}`, item, true)} ${isAsk ? nothing : folded("Prompt", prompt)}
    ${folded(isAsk ? "Answer" : "Result", node.result && resultText(node.result, show), true)}
    ${told(node, report)} ${attempts(node, around)}
  </details>`;
}

function others(title: string, nodes: readonly ReportNode[]): Html {
  return nodes.length === 0
    ? nothing
    : fact([title, html`${nodes.map((one) => html`<div>${namedNode(one)}</div>`)}`]);
}

function fact([name, value]: readonly [name: string, value: Html]): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
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
    ["Tokens", tokens === unknown ? null : tokens],
  ];
  return [
    ...texts.flatMap(([name, text]): [string, Html][] =>
      text === null || text === undefined || text === "" ? [] : [[name, line(text)]],
    ),
    ["Created", moment(created_at)],
    ...(ended_at === null ? [] : [["Ended", moment(ended_at)] satisfies [string, Html]]),
  ];
}

/** What people said to it, and did with it. */
function told({ number }: ReportNode, { happenings }: Report): Html {
  const own = happenings.filter((happening) => happening.number === number);
  if (own.length === 0) return nothing;
  const entries = own.map(({ at, type, by, text }) => {
    const who = by === null ? nothing : html` by ${line(by)}`;
    const what = text === "" ? nothing : html`: ${line(text)}`;
    return html`<li>${moment(at)} ${type.replace(/^\w+\./, "")}${who}${what}</li>`;
  });
  return folded(
    "What was done with it",
    html`<ul class="plain">
      ${entries}
    </ul>`,
    true,
  );
}
