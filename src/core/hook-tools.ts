import type { HookEvent } from "./tab.ts";

/** The tools that only hooks of clients call: they are in no list, and no model sees them. */
const hookTools: Readonly<Record<string, HookEvent>> = {
  hook_prompt: "prompt",
  hook_tool: "tool",
  hook_edit: "edit",
  hook_stop: "stop",
};

/** What happens in a client that calls the tool; null: it is no hook's. */
export function hookEventOf(tool: unknown): HookEvent | null {
  return (typeof tool === "string" && Object.hasOwn(hookTools, tool) ? hookTools[tool] : null) ?? null;
}
