import { tell } from "../output.ts";
import { environment } from "../../system/environment.ts";
import { CordError } from "../../core/error.ts";
import type { RunOptions } from "../../core/run.ts";
import { shortened, plain } from "../../core/text.ts";
import { agentNamed } from "../../engine/agents/agents.ts";
import type { Demand } from "../../engine/agents/agent.ts";

/**
 * The options of a run, once the person has agreed to what the project's settings make its agents do: by --trust, now
 * on a terminal, or earlier for the same settings. Throws `not_allowed` without consent, before anything starts,
 * after stderr has listed them.
 */
export async function withTrust(
  options: RunOptions,
  cwd: string,
  isTrustGiven: boolean,
): Promise<RunOptions> {
  const agent = agentNamed(options.agent);
  const untrusted = options.isolate ? null : agent.untrusted(cwd, environment);
  if (untrusted === null) return options;
  const { demands, digest } = untrusted;
  const agreed = { ...options, trust: true, trust_digest: digest };
  if (isTrustGiven || (options.trust && options.trust_digest === digest)) return agreed;
  tell(linesOf(demands, cwd, agent.label).join("\n"));
  if (process.stdin.isTTY && process.stderr.isTTY && (await agrees())) return agreed;
  throw new CordError(
    "not_allowed",
    `nothing was started, since you have not agreed to this project's settings. Read them; then --trust works by them, and --isolate leaves them out (and its CLAUDE.md and MCP servers).`,
  );
}

async function agrees(): Promise<boolean> {
  const { confirm, isCancel } = await import("@clack/prompts");
  const answer = await confirm({
    message: "Let the agents of this run work by them?",
    initialValue: false,
    output: process.stderr,
  });
  if (isCancel(answer)) throw new CordError("interrupted", "cord run: nothing was started.");
  return answer;
}

const maxShown = 20;
/** What is pushed out of sight here would be agreed to unread. */
const maxLength = 4000;

function linesOf(demands: readonly Demand[], cwd: string, label: string): string[] {
  const shown = demands
    .slice(0, maxShown)
    .map(({ file, does }) => shortened(plain(`  ${file}: ${does}`), maxLength));
  const rest = demands.length - shown.length;
  return [
    `${label} would do this in ${plain(cwd)}, by settings that you have not trusted in it:`,
    ...shown,
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ];
}
