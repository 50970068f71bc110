import { headroomText } from "../core/account.ts";
import { shortRun } from "../core/node-refusal.ts";
import { plain } from "../core/text.ts";
import { attention } from "./attention.ts";
import { moment } from "./figures.ts";
import { embeddedJson, Html, html, line } from "./html.ts";
import { nodeDetails } from "./nodes.ts";
import { header, outcome } from "./outcome.ts";
import { pageScript } from "./page-script.ts";
import { pageStyle } from "./page-style.ts";
import type { Report } from "./report.ts";
import { spendingChart } from "./spending.ts";
import { reportScale, timeline } from "./timeline.ts";
import { tree } from "./tree.ts";

/**
 * A report as one page that needs nothing else: no network, no other file. Texts of agents stand in it as text. Should one
 * ever get through as markup, the policy in its head lets nothing run but the page's own script, and nothing be loaded.
 */
export function reportPage(report: Report): string {
  const scale = reportScale(report);
  const sections = [
    outcome(report),
    attention(report),
    tree(report),
    timeline(report, scale),
    spendingChart(report, scale),
    nodeDetails(report),
    about(report),
  ];
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <meta name="color-scheme" content="light dark" />
        <meta name="generator" content="cord ${report.version}" />
        <title>${plain(report.run.goal)} · cord run ${shortRun(report.run.id)}</title>
        ${style}
      </head>
      <body>
        ${header(report)} ${navigation(sections)}
        <main>${sections}</main>
        ${data(report)}${script}
      </body>
    </html> `;
  return page.markup;
}

/** Word for word: the policy names them by their hashes. */
const style = new Html(`<style>${pageStyle}</style>`);
const script = new Html(`<script>${pageScript}</script>`);

function data(report: Report): Html {
  return new Html(`<script type="application/json" id="report">${embeddedJson(report)}</script>`);
}

/** The sections that there are, by what they are called. */
function navigation(sections: readonly Html[]): Html {
  const links = sections.flatMap(({ markup }) => {
    const [, id, title] = /^<section id="(\w+)">\s*<h2>([^<]*)<\/h2>/.exec(markup) ?? [];
    return id === undefined || title === undefined ? [] : [html`<a href="#${id}">${title}</a>`];
  });
  return html`<nav>${links}</nav>`;
}

const policy = [
  "default-src 'none'",
  `style-src '${hashOf(pageStyle)}'`,
  `script-src '${hashOf(pageScript)}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

function hashOf(text: string): string {
  return `sha256-${new Bun.CryptoHasher("sha256").update(text).digest("base64")}`;
}

/** How the run was started, and how it is looked at again. */
function about({ run, made_at, version }: Report): Html {
  const { options } = run;
  const now = Date.parse(made_at);
  const facts: [string, string][] = [
    ["Run", run.id],
    ["Folder", run.cwd ?? "–"],
    ["Agent", [options.agent, options.model ?? ""].join(" ")],
    ["Permissions", options.permission_mode],
    ["Limits", `${options.jobs} at once, ${options.max_nodes} nodes, depth ${options.max_depth}`],
    ["Check", options.check ?? "–"],
    ...run.windows.flatMap((window): [string, string][] => {
      const text = headroomText(window, now);
      return text === null ? [] : [["Account", text]];
    }),
    ["Look again", `cord tree ${shortRun(run.id)}`],
    ...(run.standing === "complete"
      ? []
      : [["Go on", `cord run --resume ${shortRun(run.id)}`] satisfies [string, string]]),
  ];
  return html`<section id="about">
    <h2>About</h2>
    <dl class="facts">
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${line(value)}</dd>
          </div>`,
      )}
    </dl>
    <p class="note">
      Made by cord ${version} on ${moment(made_at)}. All of it stands in this file, as JSON too (in the
      element with the id <code>report</code>).
    </p>
  </section>`;
}
