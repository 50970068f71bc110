import { parkingText } from "../core/account.ts";
import type { ResultExcerpt } from "../core/run-record.ts";
import { shortRun } from "../core/node-refusal.ts";
import { standingText, standingTones } from "../tui/run/standing.ts";
import { compact, duration, unknown, usd } from "../tui/time.ts";
import { costText, moment } from "./figures.ts";
import { type Html, html, line, lines, nothing } from "./html.ts";
import { markdown } from "./markdown.ts";
import type { Report, ReportNode } from "./report.ts";

/** The top of the page: what it was about, how it stands, and what it took. */
export function header(report: Report): Html {
  const { run, reason } = report;
  const tone = standingTones[run.standing];
  const why = reason === null ? nothing : html`<p class="why">${line(reason)}</p>`;
  const parked =
    run.parked === null ? nothing : html`<p>${line(parkingText(run.parked, Date.parse(report.made_at)))}</p>`;
  return html`<header>
    <p class="kicker">cord run ${shortRun(run.id)} · ${moment(run.created_at)}</p>
    <h1>${line(run.goal)}</h1>
    <p>
      <strong class="badge ${tone}">${standingText(run)}</strong
      >${run.limit_hit === null ? nothing : html` <span class="note">limit met: ${run.limit_hit}</span>`}
    </p>
    ${why}${parked}
    <dl class="figures">
      ${figures(report).map(
        ([name, value, note]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}${note === "" ? nothing : html` <small>${note}</small>`}</dd>
          </div>`,
      )}
    </dl>
  </header>`;
}

function figures({ run, nodes, made_at }: Report): [name: string, value: string, note: string][] {
  const input = sum(nodes, "input_tokens");
  const cached = sum(nodes, "cached_tokens");
  const output = sum(nodes, "output_tokens");
  const isCounted = run.usd > 0 || input + output > 0;
  const attempts = nodes.reduce((count, node) => count + node.attempts.length + node.attempts_left_out, 0);
  const { total_budget_usd: budget, total_tokens: ceiling } = run.options;
  const ended = run.ended_at === null ? Date.parse(made_at) : Date.parse(run.ended_at);
  const wall = duration(ended - Date.parse(run.created_at));
  return [
    ["Cost", costText(run), budget === null ? "no ceiling" : `of ${usd(budget)}`],
    ["Tokens", isCounted ? compact(input + output) : unknown, tokensNote({ input, cached, ceiling })],
    ["Worked", duration(run.worked_ms), `${wall} from start to end`],
    ["Nodes", `${run.done} of ${run.nodes}`, run.lost > 0 ? `${run.lost} lost` : "complete"],
    ["Attempts", String(attempts), ""],
  ];
}

function tokensNote({
  input,
  cached,
  ceiling,
}: {
  input: number;
  cached: number;
  ceiling: number | null;
}): string {
  const limit = ceiling === null ? "" : `of ${compact(ceiling)}`;
  const share =
    input === 0 || cached === 0 ? "" : `${Math.round((100 * cached) / input)} % of input from the cache`;
  return [limit, share].filter((part) => part !== "").join(", ");
}

function sum(
  nodes: readonly ReportNode[],
  field: "input_tokens" | "cached_tokens" | "output_tokens",
): number {
  return nodes.reduce((total, node) => total + node[field], 0);
}

/** What the run came to. */
export function outcome({ run, result, reason }: Report): Html {
  if (result !== null)
    return html`<section id="result">
      <h2>Result</h2>
      ${resultText(result, "cord report " + shortRun(run.id))}
    </section>`;
  const why =
    run.ended_at === null
      ? `The run is not over: it is ${standingText(run)}. What there is so far stands below.`
      : `The run has no result: it ${run.status === "failed" ? "failed" : "was cancelled"}${reason === null ? "" : `, ${reason}`}.`;
  return html`<section id="result">
    <h2>Result</h2>
    <p>${line(why)}</p>
  </section>`;
}

/** A result as it reads best; `whole`: the command that prints all of it. */
export function resultText(result: ResultExcerpt, whole: string): Html {
  const text = result.json
    ? html`<pre>${lines(result.text)}</pre>`
    : html`<div class="prose">${markdown(result.text)}</div>`;
  return html`${text}${cutNote(result, whole)}`;
}

/** Says that a text is longer, and where all of it is. */
export function cutNote({ text, length }: { text: string; length: number }, whole: string): Html {
  return text.length >= length
    ? nothing
    : html`<p class="cut">
        Cut after ${text.length} of ${length} characters. <code>${whole}</code> prints all of it.
      </p>`;
}
