import { z } from "zod";
import type { HookWord } from "../../core/hook-answer.ts";
import { limits, tabBounds } from "../../core/limits.ts";
import { editedTogether, editRefusal, editWarning } from "../../core/reservation.ts";
import {
  hookEvents,
  reservationModes,
  type ClientKind,
  type HookEvent,
  type TabState,
} from "../../core/tab.ts";
import { AgentId } from "../../core/task.ts";
import { actorOf } from "../acting.ts";
import { anyCaller } from "../authority.ts";
import type { Context } from "../context.ts";
import { checkFiles, isRefused } from "../files/checking.ts";
import { operation } from "../operation.ts";
import type { OpenTab } from "./control.ts";
import { Conversation, TabId } from "./schemas.ts";

/**
 * What is said at a hook of an agent's program, while it waits: what is new in its inbox, and of an edit who holds the file or edits
 * it too. A tab is found by its id, by a process, or by its agent; an agent of a run only hears of files.
 */
export const hook = operation({
  summary: "What an agent's program is told at one of its hooks.",
  effect: "write",
  callers: ["human", "tab", "node"],
  authority: anyCaller,
  input: () => HookInput,
  output: () => Word,
  run: async (context, input) => {
    const tab = context.caller.kind === "node" ? null : context.tabs.find({ ...input, agent: input.agentId });
    const agent = tab?.row.handle ?? actorOf(context.caller, input.agentId);
    const { event } = input;
    if (tab) await noteState(context, tab, event);
    if (event === "edit") return ofEdit(context, agent, input);
    if (context.caller.kind === "node" || agent === null) return nothing;
    if (event === "stop") return ofStop(context, tab, agent, input.isStopActive);
    return tells.has(event) ? { ...nothing, context: await news(context, agent) } : nothing;
  },
});

const HookInput = z.object({
  tab: TabId.optional(),
  pids: z
    .array(z.number().int().min(1))
    .max(tabBounds.pids)
    .describe("Of the hook's process those it stems from, the nearest first")
    .optional(),
  conversation: Conversation.optional(),
  agentId: AgentId.optional(),
  event: z.enum(hookEvents),
  paths: z
    .array(z.string().max(limits.pathLength))
    .max(tabBounds.files)
    .describe("That are about to be edited")
    .default([]),
  cwd: z.string().max(limits.pathLength).describe("Where relative paths begin").optional(),
  isHeard: z
    .boolean()
    .describe("false: the client hears at an edit only that it must not be made, and is told the rest later")
    .default(true),
  isStopActive: z.boolean().describe("The turn goes on because a hook had it go on").default(false),
  mode: z.enum(reservationModes).optional(),
});
type HookInput = z.infer<typeof HookInput>;

const Word = z.object({
  context: z.string().nullable().describe("For the model to know"),
  deny: z.string().nullable().describe("Why the edit must not be made"),
  block: z.string().nullable().describe("Why the turn must go on"),
});

const nothing: HookWord = { context: null, deny: null, block: null };
const tells: ReadonlySet<HookEvent> = new Set(["start", "prompt", "tool"]);

/** What is only told is told once in two minutes of one file; a refusal each time. */
async function ofEdit(
  context: Context,
  agent: string | null,
  { paths, cwd, mode, isHeard }: HookInput,
): Promise<HookWord> {
  const isNode = context.caller.kind === "node";
  const asked = { agent, folder: cwd ?? null, paths, isEdit: true, mode: mode ?? null };
  const { held, edited } = await checkFiles(context, asked);
  const refused = held.filter(isRefused);
  if (refused.length > 0) return { ...nothing, deny: editRefusal(refused, isNode) };
  if (!isHeard) return nothing;
  const isNews = (what: string) => agent === null || context.files.isNews(agent, what);
  const heldNews = held.filter(({ reservation, path }) => isNews(`held ${reservation} ${path}`));
  const editedNews = isNode ? [] : edited.filter(({ by, path }) => isNews(`edited ${by} ${path}`));
  const said = [
    ...(heldNews.length > 0 ? [editWarning(heldNews, isNode)] : []),
    ...(editedNews.length > 0 ? [editedTogether(editedNews)] : []),
  ];
  return said.length === 0 ? nothing : { ...nothing, context: said.join(" ") };
}

/** A tab that can be woken is woken, once its turn has ended. Of the others the turn goes on, once: then it has been told. */
async function ofStop(
  context: Context,
  tab: OpenTab | null,
  agent: string,
  isActive: boolean,
): Promise<HookWord> {
  const isWoken = tab !== null && (tab.wake !== "none" || tab.isMuted);
  if (isActive || isWoken) return nothing;
  return { ...nothing, block: await news(context, agent) };
}

/** What was sent just before the hook is told with it. A hook that did not wait for it hears nothing, so nothing counts as told. */
async function news({ inbox, signal }: Context, agent: string): Promise<string | null> {
  await inbox.settled();
  return signal.aborted ? null : inbox.tell(agent, "hook");
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
