/**
 * The words of tabs. A tab is one conversation of an agent's program that works beside others; its bridge, `cord mcp`, follows what
 * concerns it, and wakes it.
 */

/** What a tab does: nothing, a turn, or it waits for its person. */
export const tabStates = ["idle", "busy", "waiting"] as const;
export type TabState = (typeof tabStates)[number];

/**
 * How an idle tab is woken: by Claude Code's inbox socket, by Codex' queue, by opencode's plugin, or not at all: it is told at its
 * next activity.
 */
export const wakeWays = ["inbox", "queue", "plugin", "none"] as const;
export type WakeWay = (typeof wakeWays)[number];

/** The programs that tabs run in. */
export const clientKinds = [
  "claude",
  "codex",
  "gemini",
  "opencode",
  "cursor",
  "vscode",
  "windsurf",
  "zed",
  "antigravity",
  "other",
] as const;
export type ClientKind = (typeof clientKinds)[number];

/** What people call them. */
export const clientTitles: Readonly<Record<ClientKind, string>> = {
  claude: "Claude Code",
  codex: "Codex",
  gemini: "Gemini CLI",
  opencode: "opencode",
  cursor: "Cursor",
  vscode: "VS Code",
  windsurf: "Windsurf",
  zed: "Zed",
  antigravity: "Antigravity",
  other: "this client",
};

/** Why something is in an agent's inbox. */
export const inboxReasons = [
  /** a message to it, to its project or to its kind of client */
  "message",
  /** a task that names it */
  "task",
  /** a task that it watches for */
  "watch",
  /** a lease of its own that is about to end, or has ended */
  "lease",
  /** the answer to its question */
  "answer",
  /** a question about a task that it sent */
  "asked",
  /** a run of its project that ended or asks */
  "run",
  /** files that another edits too, or that may be edited again */
  "files",
  /** a person pokes it */
  "poke",
] as const;
export type InboxReason = (typeof inboxReasons)[number];

/** How a tab got to know of what is in its inbox. */
export const deliveryWays = ["wake", "hook", "note", "list"] as const;
export type DeliveryWay = (typeof deliveryWays)[number];

/** How an agent came across a task without its inbox: in a list, by what a note beside a call's result said of it, or as the one that it read. */
export type Heard = "listed" | "noted" | "read";

/** What that does to something that is in its inbox of the task. null: nothing, the agent has to hear of it yet. */
export function afterHearing(
  { reason, wakes }: { reason: InboxReason; wakes: number },
  how: Heard,
): "read" | "told" | null {
  if (reason === "message") return how === "read" ? "read" : "told";
  // the wake has said what it is
  if (reason === "task" || wakes > 0) return "read";
  // a list says nothing of an answer or of a lease, and nothing but the inbox what a watch was for
  return how === "listed" || reason === "watch" ? null : "read";
}

/** What becomes of an edit of a file that another agent has reserved: it is refused, only told of, or neither. */
export const reservationModes = ["enforce", "warn", "off"] as const;
export type ReservationMode = (typeof reservationModes)[number];

/** What is about to happen in a tab, or has, by the hooks of its program. */
export const hookEvents = ["start", "prompt", "tool", "edit", "stop", "end"] as const;
export type HookEvent = (typeof hookEvents)[number];
