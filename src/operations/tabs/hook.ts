import { z } from "zod";
import type { HookWord } from "../../core/hook-answer.ts";
import { limits, tabBounds } from "../../core/limits.ts";
import {
  hookEvents,
  reservationModes,
  type ClientKind,
  type HookEvent,
  type TabState,
} from "../../core/tab.ts";
import { AgentId } from "../../core/task.ts";
import { anyCaller } from "../authority.ts";
import type { Context } from "../context.ts";
import { operation } from "../operation.ts";
import type { OpenTab } from "./control.ts";
import { TabId } from "./schemas.ts";

const Word = z.string().nullable();

/** What a client's hook is to say. It is asked at each prompt, tool and end of a turn, so it costs next to nothing where there is nothing. */
export const hook = operation({
  summary:
    "Answer a client's hook: what its model is to know, why an edit must not be made, why a turn goes on.",
  effect: "write",
  callers: ["human", "tab"],
  authority: anyCaller,
  input: () =>
    z.object({
      tab: TabId.optional(),
      pids: z.array(z.number().int().min(1)).max(tabBounds.pids).optional(),
      agentId: AgentId.optional(),
      event: z.enum(hookEvents),
      cwd: z.string().max(limits.pathLength).optional(),
      paths: z.array(z.string().max(limits.pathLength)).max(tabBounds.files).optional(),
      isStopActive: z.boolean().describe("The turn goes on because it was blocked from ending").optional(),
      mode: z.enum(reservationModes).optional(),
    }),
  output: () => z.object({ context: Word, deny: Word, block: Word }),
  run: async (context, { tab: id, pids, agentId, event, isStopActive }) => {
    const tab = context.tabs.find({ tab: id, pids });
    const agent = tab?.row.handle ?? agentId ?? (context.caller.kind === "tab" ? context.caller.agent : null);
    if (agent === null) return nothing;
    if (tab) await noteState(context, tab, event);
    if (event === "prompt" || event === "tool" || event === "start")
      return { ...nothing, context: await news(context, agent) };
    if (event === "stop" && isStopActive !== true && (tab === null || tab.wake === "none"))
      return { ...nothing, block: await news(context, agent) };
    return nothing;
  },
});

const nothing: HookWord = { context: null, deny: null, block: null };

/** What was sent just before the hook is told with it. */
async function news({ inbox }: Context, agent: string): Promise<string | null> {
  await inbox.settled();
  return inbox.tell(agent, "hook");
}

/** What a tab does is known from its hooks, where its client does not say so itself. */
async function noteState({ tabs }: Context, { row }: OpenTab, event: HookEvent): Promise<void> {
  const state = states[event];
  if (state !== null && !sayThemselves.has(row.client) && row.state !== state)
    await tabs.report({ tab: row.id, state });
}

const states: Readonly<Record<HookEvent, TabState | null>> = {
  start: "idle",
  prompt: "busy",
  tool: "busy",
  edit: "busy",
  stop: "idle",
  end: null,
};

const sayThemselves: ReadonlySet<ClientKind> = new Set(["claude", "codex", "opencode"]);
