import type { AttemptRecord } from "../core/run-record.ts";
import { duration } from "../tui/time.ts";
import { criticalPath, type Stage } from "./critical-path.ts";
import { attemptFigures, nodeLink, span } from "./figures.ts";
import { type Html, html, line, nothing } from "./html.ts";
import type { Report, ReportNode } from "./report.ts";
import { type Scale, scaleOf, ticks } from "./scale.ts";
import { parkedSpans } from "./story.ts";
import { branchesOf, inTreeOrder } from "./tree-order.ts";

/** Of a row, in pixels: the style sheet has the same height for the names beside it. */
const rowHeight = 24;
const axisHeight = 22;
/** As many lines as can be told apart, and more. */
const maxLines = 1000;

/** When each attempt ran, a row a node; what each node needed; and the chain that the run took as long as. */
export function timeline(report: Report, scale: Scale): Html {
  const rows = inTreeOrder(branchesOf(report.nodes));
  const path = criticalPath(report.nodes);
  const isCritical = new Set(path.map(keyOf));
  const at = new Map(rows.map(({ number }, index) => [number, axisHeight + index * rowHeight]));
  const drawing: Drawing = { report, scale, at, isCritical, height: axisHeight + rows.length * rowHeight };
  const names = rows.map(
    (node) =>
      html`<li>
        <span class="dot ${node.status}"></span>${nodeLink(node.number)}
        <span class="goal">${line(node.goal)}</span>
      </li>`,
  );
  return html`<section id="timeline">
    <h2>Timeline</h2>
    ${pathText(path, report)}
    <div class="timeline">
      <ul class="names">
        ${names}
      </ul>
      <svg class="bars" width="100%" height="${drawing.height}" role="img" aria-label="When each attempt ran">
        ${background(drawing)}${needs(drawing)}${rows.map((node) => bars(node, drawing))}
      </svg>
    </div>
    <p class="legend">${legend}</p>
  </section>`;
}

const legend = (
  [
    ["work", "work"],
    ["synthesis", "synthesis"],
    ["lost", "came to nothing"],
    ["ask", "waits for an answer"],
    ["parked", "held up from outside"],
    ["critical", "critical path"],
    ["needs", "needs"],
  ] as const
).map(([kind, text]) => html`<span><span class="key ${kind}"></span>${text}</span> `);

interface Drawing {
  report: Report;
  scale: Scale;
  /** the top of each node's row */
  at: ReadonlyMap<number, number>;
  isCritical: ReadonlySet<string>;
  height: number;
}

/** The axis of a report: all its attempts, and the waits for answers. */
export function reportScale({ run, nodes, made_at }: Report): Scale {
  const end = Date.parse(run.ended_at ?? made_at);
  const spans = nodes.flatMap((node) => node.attempts.map((attempt) => spanOf(attempt, end)));
  const last = spans.reduce((latest, { to }) => Math.max(latest, to), end);
  return scaleOf(spans, { from: Date.parse(run.created_at), to: last });
}

function spanOf({ started_at, ended_at }: AttemptRecord, end: number): { from: number; to: number } {
  const from = Date.parse(started_at);
  return { from, to: Math.max(from, ended_at === null ? end : Date.parse(ended_at)) };
}

function keyOf({ number, attempt }: Stage): string {
  return `${number}-${attempt}`;
}

function pathText(path: readonly Stage[], { nodes }: Report): Html {
  if (path.length === 0) return html`<p>No attempt has run yet.</p>`;
  const byNumber = new Map(nodes.map((node) => [node.number, node]));
  const stages = path.slice(0, maxNamed).map(({ number, attempt }, at) => {
    const found = byNumber.get(number)?.attempts.find((one) => one.attempt === attempt);
    const what = found?.phase === "synthesis" ? " synthesis" : "";
    const took = found?.ended_at
      ? ` (${span(Date.parse(found.ended_at) - Date.parse(found.started_at))})`
      : "";
    return html`${at === 0 ? "" : " → "}${nodeLink(number)}${what}${took}`;
  });
  const more = path.length > maxNamed ? ` → ${path.length - maxNamed} more` : "";
  return html`<p class="path">Critical path: ${stages}${more}</p>`;
}

const maxNamed = 20;

/** Ticks, gaps, and when the run was held up. */
export function background({ scale, height, report }: Pick<Drawing, "scale" | "height" | "report">): Html {
  const marks = ticks(scale, 6).map(({ ms, after }) => {
    const x = percent(scale.at(ms));
    return html`<line
        class="tick"
        x1="${x}"
        x2="${x}"
        y1="${axisHeight - 4}"
        y2="${height}"
      />${tickText(x, scale.at(ms), duration(after))}`;
  });
  const gaps = scale.gaps.map(({ from, to }) => {
    const [x, width] = [percent(scale.at(from)), percent(scale.at(to) - scale.at(from))];
    return html`<rect class="gap" x="${x}" width="${width}" y="${axisHeight}" height="${height - axisHeight}"
      ><title>nothing ran for ${duration(to - from)}</title></rect
    >`;
  });
  const parked = parkedSpans(report).map(({ from, to, why }) => {
    const [x, width] = [percent(scale.at(from)), percent(scale.at(to) - scale.at(from))];
    return html`<rect
      class="parked"
      x="${x}"
      width="${width}"
      y="${axisHeight}"
      height="${height - axisHeight}"
      ><title>${line(why)} (${duration(to - from)})</title></rect
    >`;
  });
  return html`${gaps}${parked}${marks}`;
}

function tickText(x: string, at: number, text: string): Html {
  const anchor = at < 3 ? "start" : at > 97 ? "end" : "middle";
  return html`<text class="axis" x="${x}" y="12" text-anchor="${anchor}">${text}</text>`;
}

function bars(node: ReportNode, { report, scale, at, isCritical }: Drawing): Html {
  const top = at.get(node.number) ?? 0;
  const end = Date.parse(report.run.ended_at ?? report.made_at);
  if (node.type === "ASK") {
    const to = node.ended_at === null ? end : Date.parse(node.ended_at);
    return bar(
      { from: Date.parse(node.created_at), to },
      { scale, top, kind: "ask", says: `waited ${span(to - Date.parse(node.created_at))} for an answer` },
    );
  }
  const drawn = node.attempts.map((attempt) => {
    const { cost, tokens, time, model } = attemptFigures(attempt, end);
    const how = attempt.exit ?? attempt.state;
    const says = [`attempt ${attempt.attempt}`, attempt.phase ?? "", how, time, model, cost, tokens];
    const critical = isCritical.has(keyOf({ number: node.number, attempt: attempt.attempt }))
      ? " critical"
      : "";
    const kind = cameToNothing(attempt) ? "lost" : (attempt.phase ?? "work");
    return bar(spanOf(attempt, end), {
      scale,
      top,
      kind: kind + critical,
      says: says.filter((text) => text !== "" && text !== "–").join(", "),
    });
  });
  return html`${drawn}`;
}

/** An attempt that was interrupted is gone on with; one of these is not. */
function cameToNothing({ exit }: AttemptRecord): boolean {
  return exit !== null && ["failed", "silent", "halted", "outside", "lost"].includes(exit);
}

interface Drawn {
  scale: Scale;
  top: number;
  kind: string;
  says: string;
}

function bar({ from, to }: { from: number; to: number }, { scale, top, kind, says }: Drawn): Html {
  const x = scale.at(from);
  const width = Math.max(minWidth, scale.at(to) - x);
  return html`<rect
    class="bar ${kind}"
    x="${percent(Math.min(x, 100 - minWidth))}"
    width="${percent(width)}"
    y="${top + 5}"
    height="${rowHeight - 10}"
    rx="2"
    ><title>${line(says)}</title></rect
  >`;
}

/** A bar that can be seen, in hundredths of the axis. */
const minWidth = 0.3;

/** From the end of what is needed to the begin of what needs it: along its row, and down to the other. */
function needs({ report, scale, at, isCritical }: Drawing): Html {
  const byNumber = new Map(report.nodes.map((node) => [node.number, node]));
  const edges = report.nodes
    .flatMap((node) => node.needs.flatMap((need) => edge(byNumber.get(need), node) ?? []))
    .slice(0, maxLines);
  const drawn = edges.map(({ need, node, begun, ended }) => {
    const [y1, y2] = [(at.get(need.number) ?? 0) + rowHeight / 2, (at.get(node.number) ?? 0) + rowHeight / 2];
    const [x1, x2] = [percent(scale.at(Date.parse(ended))), percent(scale.at(Date.parse(begun.started_at)))];
    const both = [need.attempts.at(-1), begun].every(
      (attempt, index) =>
        attempt &&
        isCritical.has(keyOf({ number: (index === 0 ? need : node).number, attempt: attempt.attempt })),
    );
    const kind = both ? "needs critical" : "needs";
    return html`<line class="${kind}" x1="${x1}" x2="${x2}" y1="${y1}" y2="${y1}" /><line
        class="${kind}"
        x1="${x2}"
        x2="${x2}"
        y1="${y1}"
        y2="${y2}"
      />`;
  });
  return drawn.length === 0 ? nothing : html`<g>${drawn}</g>`;
}

function edge(need: ReportNode | undefined, node: ReportNode) {
  const [begun, ended] = [node.attempts[0], need?.attempts.at(-1)?.ended_at ?? need?.ended_at];
  return need && begun && ended ? [{ need, node, begun, ended }] : null;
}

export function percent(value: number): string {
  return `${value.toFixed(2)}%`;
}
