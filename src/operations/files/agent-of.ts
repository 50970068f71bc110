import { shortRun } from "../../core/node-refusal.ts";
import type { Caller } from "../../core/tree.ts";
import { nodeName } from "../../core/words.ts";

/** Whose files a call is about. Null: nobody knows who it is. A node goes by a name that no agent of the board has. */
export function agentOf(caller: Caller, given: string | undefined): string | null {
  if (caller.kind === "node") return `${nodeName(caller.number)} of run ${shortRun(caller.runId)}`;
  return given ?? (caller.kind === "tab" ? caller.agent : null);
}
