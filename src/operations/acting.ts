import { CordError } from "../core/error.ts";
import { shortRun } from "../core/node-refusal.ts";
import type { Caller } from "../core/tree.ts";
import { nodeName } from "../core/words.ts";
import type { Context } from "./context.ts";

/** Whose inbox, watches or files a call is about. Null: nobody knows who it is. A node goes by a name that no agent of the board has. */
export function actorOf(caller: Caller, given: string | undefined): string | null {
  if (caller.kind === "node") return `${nodeName(caller.number)} of run ${shortRun(caller.runId)}`;
  return given ?? (caller.kind === "tab" ? caller.agent : null);
}

/** Throws `invalid` where nobody says who calls. */
export function requireActor(
  { caller, parameter: named }: Pick<Context, "caller" | "parameter">,
  given: string | undefined,
): string {
  const actor = actorOf(caller, given);
  if (actor !== null) return actor;
  const parameter = named("agentId");
  throw new CordError("invalid", `${parameter} is required: say which agent you are.`, {
    data: { parameter },
  });
}
