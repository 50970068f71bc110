import type { CheckRun } from "../core/check.ts";
import type { AttemptRecord } from "../core/run-record.ts";
import { duration } from "../tui/time.ts";
import { attemptFigures, known, moment, nodeLink, plural } from "./figures.ts";
import { folded } from "./folded.ts";
import { type Html, html, line, lines, nothing } from "./html.ts";
import { resultText } from "./outcome.ts";
import type { ReportNode, Transcript } from "./report.ts";

interface Around {
  /** the run's id, as a person would type it */
  run: string;
  now: number;
  /** by `4-2`, for the second attempt of #4 */
  transcripts: ReadonlyMap<string, Transcript>;
}

/** What was tried at a node, each attempt with its checks and its transcript, folded. */
export function attempts(node: ReportNode, around: Around): Html {
  if (node.attempts.length === 0) return nothing;
  const left =
    node.attempts_left_out === 0
      ? nothing
      : html`<p class="cut">${plural(node.attempts_left_out, "earlier attempt")} left out.</p>`;
  return html`<h4>${plural(node.attempts.length + node.attempts_left_out, "attempt")}</h4>
    ${left}${node.attempts.map((attempt) => attemptDetail(node, attempt, around))}`;
}

function attemptDetail(node: ReportNode, attempt: AttemptRecord, { run, now, transcripts }: Around): Html {
  const { model, cost, tokens, time } = attemptFigures(attempt, now);
  const how = attempt.exit ?? attempt.state;
  const key = `${node.number}-${attempt.attempt}`;
  const show = `cord show ${node.number} --run ${run}`;
  return html`<div class="attempt" id="n${key}">
    <p>
      <strong>${nodeLink(node.number)} attempt ${attempt.attempt}</strong>
      <span class="badge exit-${how}">${how}</span>
      <small
        >${line(known(attempt.phase ?? "", model, time, cost, tokens))} · ${moment(attempt.started_at)}</small
      >
    </p>
    ${attempt.reason === null ? nothing : html`<p class="why">${line(attempt.reason)}</p>`}
    ${folded("Said when it handed out work", attempt.said && resultText(attempt.said, show))}
    ${folded("A result that does not count", attempt.late_result && resultText(attempt.late_result, show))}
    ${attempt.checks.map(check)}
    ${transcript(transcripts.get(key), { key, log: `cord logs ${node.number} --attempt ${attempt.attempt} --run ${run}` })}
  </div>`;
}

/** How the check went, open where it did not let the result through. */
function check({ command, code, verdict, why, output, took_ms }: CheckRun): Html {
  const how = [why ?? "", code === null || verdict === "passed" ? "" : `exit ${code}`, duration(took_ms)];
  const title = html`<span class="badge check-${verdict.replace(" ", "-")}">check ${verdict}</span>
    <code>${line(command)}</code> <small>${line(how.filter((text) => text !== "").join(" · "))}</small>`;
  return folded(
    title,
    output.trim() === "" ? html`<p class="note">It printed nothing.</p>` : html`<pre>${lines(output)}</pre>`,
  );
}

/** Drawn by the page's script when it is unfolded: there may be thousands of entries. */
function transcript(found: Transcript | undefined, { key, log }: { key: string; log: string }): Html {
  if (found === undefined) return nothing;
  const whole = html`All of it is printed by <code>${log}</code>; it is in <code>${line(found.file)}</code>.`;
  if (found.removed !== null) return html`<p class="cut">Its transcript is gone: ${line(found.removed)}</p>`;
  if (!found.here)
    return html`<p class="cut">
      Its transcript is not on the machine on which this page was made. ${whole}
    </p>`;
  const count = found.first.length + found.last.length;
  const cut = found.left_out > 0 ? `, ${found.left_out} in the middle left out` : "";
  return html`<details data-transcript="${key}">
    <summary>Transcript <small>${plural(count, "entry", "entries")}${cut}</small></summary>
    <p class="cut">${whole}</p>
    <noscript><p class="cut">The page's script draws it, and scripts are off here.</p></noscript>
  </details>`;
}
