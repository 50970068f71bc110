import { z } from "zod";
import { limits } from "../../core/limits.ts";
import { clientKinds, reservationModes, tabStates, wakeWays } from "../../core/tab.ts";
import { AgentId, Name, Word } from "../../core/task.ts";

/** Made by the bridge when it starts, and the same as long as it lives. */
export const TabId = z.uuid().transform((id) => id.toLowerCase());

export const Conversation = z.string().min(1).max(limits.agentLength);
const WaitingFor = z.string().max(limits.noticeLength);

/** A bridge tells who its tab is when it opens the tab's stream. */
export const TabHello = z.object({
  tab: TabId,
  handle: AgentId.describe("That the tab had before, for a daemon that knows nothing of it").optional(),
  is_chosen: z.boolean().default(false),
  project: z.string().max(limits.pathLength).optional(),
  client: z.enum(clientKinds),
  client_version: Word.optional(),
  shown_name: Name.describe("What the client shows its person as the tab's name").optional(),
  conversation: Conversation.optional(),
  pid: z.number().int().min(1).describe("Of the client").optional(),
  folder: z.string().max(limits.pathLength).describe("The top of the checkout").optional(),
  wake: z.enum(wakeWays),
  wakes: z.enum(["on", "off"]).default("on"),
  reservations: z.enum(reservationModes).default("warn"),
  state: z.enum(tabStates).optional(),
  waiting_for: WaitingFor.optional(),
});
export type TabHello = z.infer<typeof TabHello>;

/** How a wake went that the bridge was told to give. */
export const Woken = z.object({
  wake: z.number().int(),
  by: z.enum(wakeWays),
  isDelivered: z.boolean(),
  trouble: z.string().max(limits.noticeLength).optional(),
});
export type Woken = z.infer<typeof Woken>;

/** What changed of a tab; what is left out is as it was. */
export const TabReport = z.object({
  tab: TabId,
  state: z.enum(tabStates).optional(),
  waiting_for: WaitingFor.nullable().optional(),
  shown_name: Name.optional(),
  conversation: Conversation.optional(),
  wake: z.enum(wakeWays).optional(),
  woken: Woken.optional(),
});
export type TabReport = z.infer<typeof TabReport>;
