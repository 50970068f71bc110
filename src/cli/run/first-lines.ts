import { plain } from "../../core/text.ts";
import { counted, listed } from "../../core/wording.ts";
import { compact, duration, limitUsd } from "../../tui/time.ts";
import type { RunOptions } from "../../core/run.ts";

/** The limits of a run and what its agents may do, before anything is spent. */
export function firstLines({ agent, model, permission_mode: mode, ...options }: RunOptions): string[] {
  const isRehearsal = agent === "rehearsal";
  const limits = [
    ...(isRehearsal ? [] : spendable(options)),
    ...(options.timeout_seconds === null ? [] : [`up to ${duration(options.timeout_seconds * 1000)}`]),
    `${options.jobs} at once`,
    `at most ${options.max_nodes} nodes`,
    ...(isRehearsal ? [] : [`${agent}${modelsText(model, options.models)}`]),
  ].join(" · ");
  return [limits, isRehearsal ? rehearsed : rightsOf(mode)];
}

/** What may be spent at most, by all agents and by one. */
function spendable({
  total_budget_usd: total,
  budget_usd: one,
  total_tokens: tokens,
}: Pick<RunOptions, "total_budget_usd" | "budget_usd" | "total_tokens">): string[] {
  const each = one === null || (total !== null && one >= total) ? "" : `${limitUsd(one)} an agent`;
  const all = total === null ? each : `up to ${limitUsd(total)}${each === "" ? "" : ` (${each})`}`;
  return [
    ...(all === "" ? ["no limit of money"] : [all]),
    ...(tokens === null ? [] : [`up to ${compact(tokens)} tokens`]),
  ];
}

/** ` sonnet (root opus, synthesis haiku)`. */
function modelsText(model: string | null, models: RunOptions["models"]): string {
  const others = Object.entries(models).map(([role, name]) =>
    plain(`${/^\d+$/.test(role) ? `depth ${role}` : role} ${name}`),
  );
  const some = others.length === 0 ? "" : ` (${listed(others, maxModels)})`;
  return `${model === null ? "" : ` ${plain(model)}`}${some}`;
}

const maxModels = 5;

const rehearsed = "A rehearsal: the built-in agent works, no model is called, nothing is spent.";

function rightsOf(mode: string): string {
  return mode === "bypassPermissions"
    ? "Agents may do anything you may (--permission-mode bypassPermissions). Safer: acceptEdits, default, plan."
    : `Agents work with --permission-mode ${mode}; what it does not allow is denied.`;
}

/** What several agents in one working tree with changes of a person's own may do to these; null: nothing. */
export function sharedTreeWarning(changed: number, { jobs }: Pick<RunOptions, "jobs">): string | null {
  if (changed === 0 || jobs < 2) return null;
  const files = counted(changed, "file has changes that are", "files have changes that are");
  return `${files} not committed, and up to ${jobs} agents share this working tree: commit or stash first what must not be mixed with theirs.`;
}
