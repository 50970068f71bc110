import { editedPaths } from "../../core/edited-paths.ts";
import { hookAnswer, hookToolText } from "../../core/hook-answer.ts";
import { hookEventOf } from "../../core/hook-tools.ts";
import { limits, tabBounds } from "../../core/limits.ts";
import type { HookEvent } from "../../core/tab.ts";
import type { Caller } from "../../core/tree.ts";
import type { Services } from "../../operations/context.ts";
import { operations } from "../../operations/list.ts";
import { within } from "../within.ts";
import type { PreparedTool, ToolCall } from "./tools.ts";

/**
 * A call of one of the tools of hooks by a client that has no bridge: an agent of a run, whose program reads the hooks of the project,
 * or a tab over plain HTTP. It is answered in Claude Code's form, which Codex has taken over. Null: it is no such call.
 */
export function prepareHook(
  services: Services,
  caller: Caller,
  { name, args }: ToolCall,
): PreparedTool | null {
  const event = hookEventOf(name);
  if (event === null) return null;
  return {
    holdsOpenMs: 0,
    async perform(signal) {
      const late = new AbortController();
      const either = AbortSignal.any([signal, late.signal]);
      const said = answer(services, caller, { event, args }, either).catch(() => "");
      const text = await within(tabBounds.hookMs, said);
      // what is told from now on would count as told, and nobody hears it
      if (text === null) late.abort();
      return { content: [{ type: "text", text: hookToolText(text ?? "") }] };
    },
  };
}

interface Hook {
  event: HookEvent;
  args: Record<string, unknown>;
}

/** A turn waits for it: whatever is wrong, it has nothing to say then. */
async function answer(
  services: Services,
  caller: Caller,
  { event, args }: Hook,
  signal: AbortSignal,
): Promise<string> {
  const paths = event === "edit" ? editedPaths(args).filter(isFilledIn) : [];
  if (event === "edit" && paths.length === 0) return "";
  const { cwd } = args;
  const input = {
    event,
    paths,
    isStopActive: event === "stop" && String(args["active"]) === "true",
    ...(typeof cwd === "string" && isFilledIn(cwd) ? { cwd } : {}),
  };
  const hook = operations["tabs/hook"];
  return hookAnswer("claude", event, hook.output.parse(await hook.perform(services, caller, input, signal)));
}

/** What a client has no value for it may leave as it stands in the hook. */
function isFilledIn(text: string): boolean {
  return text !== "" && text.length <= limits.pathLength && !text.startsWith("${");
}
