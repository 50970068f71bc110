import { counted } from "../../core/wording.ts";
import { limitUsd } from "../../tui/time.ts";
import type { RunOptions } from "../../core/run.ts";

/** The limits of a run and what its agents may do, before anything is spent. */
export function firstLines({ agent, model, permission_mode: mode, ...options }: RunOptions): string[] {
  const isRehearsal = agent === "rehearsal";
  const limits = [
    ...(options.total_budget_usd === null || isRehearsal
      ? []
      : [`up to ${limitUsd(options.total_budget_usd)}`]),
    `${options.jobs} at once`,
    `at most ${options.max_nodes} nodes`,
    ...(isRehearsal ? [] : [model === null ? agent : `${agent} ${model}`]),
  ].join(" · ");
  return [limits, isRehearsal ? rehearsed : rightsOf(mode)];
}

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
