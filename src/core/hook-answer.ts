import { tabBounds } from "./limits.ts";
import { modelLine } from "./model-line.ts";
import type { HookEvent } from "./tab.ts";

/** The programs whose hooks cord answers. */
export const hookClients = ["claude", "codex", "gemini", "opencode", "cursor", "vscode"] as const;
export type HookClient = (typeof hookClients)[number];

/** What cord has to say at a hook; null is nothing. */
export interface HookWord {
  /** for the model to know */
  readonly context: string | null;
  /** why an edit must not be made */
  readonly deny: string | null;
  /** why the turn must go on */
  readonly block: string | null;
}

/**
 * The answer in the form that the client reads, or "" where there is nothing to say or the client cannot hear it at this event.
 * Each text becomes one line of at most hookBytes that is safe to show to a model.
 *
 * Forms by code.claude.com/docs/en/hooks, developers.openai.com/codex/hooks, geminicli.com/docs/hooks, cursor.com/docs/hooks and
 * code.visualstudio.com/docs/agent-customization/hooks. opencode's is cord's own: its plugin reads it.
 */
export function hookAnswer(client: HookClient, event: HookEvent, word: HookWord): string {
  const safe = { context: hookLine(word.context), deny: hookLine(word.deny), block: hookLine(word.block) };
  const answer = forms[client](event, safe);
  return answer === null ? "" : JSON.stringify(answer);
}

/**
 * The same as the text of a hook's tool. Of a text that is empty Claude Code tells its model that the hook has completed, at each
 * prompt and each tool; of an object that says nothing, nothing (seen in 2.1.197 and 2.1.332, and Codex 0.169 takes it).
 */
export function hookToolText(answer: string): string {
  return answer === "" ? "{}" : answer;
}

/** A text as it goes to a client. An empty one says nothing. */
export function hookLine(text: string | null): string | null {
  return (text && modelLine(text, tabBounds.hookBytes)) || null;
}

type Form = (event: HookEvent, word: HookWord) => object | null;

/** Claude Code's, which Codex and VS Code have taken over: `tellable` are the events at which the client reads context. */
function claudeForm(tellable: ReadonlySet<HookEvent>): Form {
  return (event, { context, deny, block }) => {
    if (event === "stop") return block === null ? null : { decision: "block", reason: block };
    const hookEventName = claudeEvents[event];
    const refusal =
      event === "edit" && deny !== null
        ? { permissionDecision: "deny", permissionDecisionReason: deny }
        : null;
    const told = context !== null && tellable.has(event) ? { additionalContext: context } : null;
    if (hookEventName === undefined || (refusal === null && told === null)) return null;
    return { hookSpecificOutput: { hookEventName, ...refusal, ...told } };
  };
}

const claudeEvents: Readonly<Partial<Record<HookEvent, string>>> = {
  start: "SessionStart",
  prompt: "UserPromptSubmit",
  tool: "PostToolUse",
  edit: "PreToolUse",
};

/** A context before an edit is not heard by Gemini CLI: it is told after the tool, or with the next prompt. */
const gemini: Form = (event, { context, deny, block }) => {
  if (event === "edit") return deny === null ? null : { decision: "deny", reason: deny };
  if (event === "stop") return block === null ? null : { decision: "deny", reason: block };
  const hookEventName = geminiEvents[event];
  if (context === null || hookEventName === undefined) return null;
  return { hookSpecificOutput: { hookEventName, additionalContext: context } };
};

const geminiEvents: Readonly<Partial<Record<HookEvent, string>>> = {
  start: "SessionStart",
  prompt: "BeforeAgent",
  tool: "AfterTool",
};

/** Cursor adds no context to a prompt. */
const cursor: Form = (event, { context, deny, block }) => {
  if (event === "edit")
    return deny === null ? null : { permission: "deny", user_message: deny, agent_message: deny };
  if (event === "stop") return block === null ? null : { followup_message: block };
  return context === null || (event !== "start" && event !== "tool") ? null : { additional_context: context };
};

/** As Claude Code's, but it reads no context with a prompt, and the end of a turn is refused one level deeper. */
const vscode: Form = (event, word) => {
  if (event !== "stop") return ofVscode(event, word);
  if (word.block === null) return null;
  return { hookSpecificOutput: { hookEventName: "Stop", decision: "block", reason: word.block } };
};

const ofVscode = claudeForm(new Set(["start", "tool", "edit"]));

const forms: Readonly<Record<HookClient, Form>> = {
  claude: claudeForm(new Set(["start", "prompt", "tool", "edit"])),
  codex: claudeForm(new Set(["start", "prompt", "tool", "edit"])),
  gemini,
  opencode: (_, { context, deny, block }) =>
    context === null && deny === null && block === null ? null : { context, deny, block },
  cursor,
  vscode,
};
