import { usd } from "../tui/time.ts";
import { type Html, html, nothing } from "./html.ts";
import type { Report } from "./report.ts";
import { type Scale } from "./scale.ts";
import { thinned } from "./story.ts";
import { background } from "./timeline.ts";

const height = 180;
const top = 30;
const maxPoints = 400;

/** What all agents together had spent, against what they were allowed to. */
export function spendingChart(report: Report, scale: Scale): Html {
  const points = thinned(report.spending, maxPoints);
  if (points.length === 0)
    return html`<section id="cost">
      <h2>Cost over time</h2>
      <p>No agent of this run has told of a cost.</p>
    </section>`;
  const ceiling = report.run.options.total_budget_usd;
  const spent = Math.max(...points.map((point) => point.usd));
  const isNear = ceiling !== null && ceiling <= 4 * spent;
  const full = 1.1 * (isNear ? Math.max(spent, ceiling) : spent);
  const y = (amount: number) => height - ((height - top) * amount) / full;
  const x = (at: string) => 10 * scale.at(Date.parse(at));
  const steps = points.map(({ at, usd: amount }) => `H${x(at).toFixed(1)}V${y(amount).toFixed(1)}`).join("");
  const end = (10 * scale.at(scale.to)).toFixed(1);
  const curve = `M0 ${height}${steps}H${end}`;
  const limit = isNear ? level("ceiling", y(ceiling), `ceiling ${usd(ceiling)}`) : nothing;
  const far =
    ceiling === null
      ? nothing
      : isNear
        ? nothing
        : html`<p class="note">The ceiling of ${usd(ceiling)} is far above.</p>`;
  return html`<section id="cost">
    <h2>Cost over time</h2>
    <div class="chart">
      <svg width="100%" height="${height}" role="img" aria-label="Cost over time">
        ${background({ scale, height, report })}
        <svg
          x="0"
          y="0"
          width="100%"
          height="${height}"
          viewBox="0 0 1000 ${height}"
          preserveAspectRatio="none"
        >
          <path class="area" d="${curve}V${height}Z" />
          <path class="curve" d="${curve}" />
        </svg>
        ${limit}${level("spent", y(spent), usd(spent))}
      </svg>
    </div>
    ${far}
  </section>`;
}

/** What was spent is said where its curve ends. */
function level(kind: "ceiling" | "spent", y: number, text: string): Html {
  const [x, anchor] = kind === "spent" ? ["99.5%", "end"] : ["0.5%", "start"];
  return html`<line class="${kind}" x1="0%" x2="100%" y1="${y}" y2="${y}" /><text
      class="axis ${kind}"
      x="${x}"
      y="${Math.max(26, y - 6)}"
      text-anchor="${anchor}"
      >${text}</text
    >`;
}
