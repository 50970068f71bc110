/**
 * The hooks that cord init writes, word for word. They never change: Codex trusts each by a hash of its text, so any other letter
 * would make it ask every user again, and --check would miss what an older cord wrote. What varies is behind the tool or the command
 * that they call. test/cli/init/hooks.test.ts holds them.
 *
 * Their mark is what they call: a tool of the server `cord` whose name begins with hook_, or the command `cord hook`.
 */
export type HookEntry = { readonly [key: string]: unknown };

/** By the client's own name of the event. */
export type HookEntries = { readonly [event: string]: HookEntry };

/** A tool of the bridge that runs in this very tab, called over its open pipe: no process is started. It is in no list of tools. */
function toolHook(tool: string, input: { readonly [name: string]: string }): HookEntry {
  return { type: "mcp_tool", server: "cord", tool, input, timeout: 5 };
}

/** Codex fails a hook for a name that it does not know at the event, so it gets these, which are there at each. */
const where = { session: "${session_id}", mode: "${permission_mode}", cwd: "${cwd}" } as const;

/** Claude Code hands on an empty text then. The agent is a sub-agent's. */
const whereAndWho = { ...where, agent: "${agent_id}" } as const;

export const claudeHooks: HookEntries = {
  UserPromptSubmit: { hooks: [toolHook("hook_prompt", whereAndWho)] },
  PreToolUse: {
    matcher: "Edit|MultiEdit|Write|NotebookEdit",
    hooks: [
      toolHook("hook_edit", {
        file: "${tool_input.file_path}",
        notebook: "${tool_input.notebook_path}",
        ...whereAndWho,
      }),
    ],
  },
  PostToolUse: { hooks: [toolHook("hook_tool", { tool: "${tool_name}", ...whereAndWho })] },
  Stop: { hooks: [toolHook("hook_stop", { active: "${stop_hook_active}", ...whereAndWho })] },
};

/**
 * What Claude Code does without asking, by a rule that cord init writes beside its hooks: a tab that is woken while nobody is there would
 * wait for its person before it has read why.
 */
export const claudeInboxRule = "mcp__cord__messages_list";

/** Its edits are patches, also where a shell applies them. */
export const codexHooks: HookEntries = {
  UserPromptSubmit: { hooks: [toolHook("hook_prompt", where)] },
  PreToolUse: {
    matcher: "apply_patch|Bash",
    hooks: [toolHook("hook_edit", { command: "${tool_input.command}", ...where })],
  },
  PostToolUse: { hooks: [toolHook("hook_tool", { tool: "${tool_name}", ...where })] },
  Stop: { hooks: [toolHook("hook_stop", { active: "${stop_hook_active}", ...where })] },
};

/**
 * The command that a client runs. A colleague who has the project and no cord is told nothing of that, and is not held up: the line is
 * empty then, and its exit code 0.
 */
function commandOf(name: string): string {
  return `cord hook ${name}${quiet}`;
}

const quiet = " 2>/dev/null || true";

/**
 * The same entries where Windows' shells run them: Gemini CLI starts PowerShell 5 there, to which `||` is an error and /dev/null no
 * file, and others cmd. So the command stands alone; a colleague without cord is warned by the client.
 */
export function hooksOnWindows(entries: HookEntries): HookEntries {
  return Object.fromEntries(Object.entries(entries).map(([event, entry]) => [event, bareEntry(entry)]));
}

function bareEntry(entry: HookEntry): HookEntry {
  const { hooks, command } = entry;
  if (Array.isArray(hooks)) return { ...entry, hooks: hooks.map(bareEntry) };
  return typeof command === "string" ? { ...entry, command: command.replace(quiet, "") } : entry;
}

/** Gemini CLI counts its time in milliseconds. */
function geminiHook(event: string): HookEntry {
  return { name: `cord-${event}`, type: "command", command: commandOf(`gemini-${event}`), timeout: 2000 };
}

export const geminiHooks: HookEntries = {
  SessionStart: { hooks: [geminiHook("start")] },
  BeforeAgent: { hooks: [geminiHook("prompt")] },
  BeforeTool: { matcher: "write_file|replace", hooks: [geminiHook("edit")] },
  AfterTool: { hooks: [geminiHook("tool")] },
  AfterAgent: { hooks: [geminiHook("stop")] },
  SessionEnd: { hooks: [geminiHook("end")] },
};

export const cursorHooks: HookEntries = {
  sessionStart: { command: commandOf("cursor-start"), timeout: 2 },
  preToolUse: { command: commandOf("cursor-edit"), matcher: "Write|Edit|Delete", timeout: 2 },
  postToolUse: { command: commandOf("cursor-tool"), timeout: 2 },
  stop: { command: commandOf("cursor-stop"), timeout: 2, loop_limit: 3 },
};

function vscodeHook(event: string): HookEntry {
  return { type: "command", command: commandOf(`vscode-${event}`), timeout: 2 };
}

export const vscodeHooks: HookEntries = {
  SessionStart: vscodeHook("start"),
  PreToolUse: vscodeHook("edit"),
  PostToolUse: vscodeHook("tool"),
  Stop: vscodeHook("stop"),
};

/** Whether a hook of cord's is in the entry, of this version or another. */
export function isCordHook(entry: unknown): boolean {
  return hooksIn(entry).some(isCords);
}

/** Whether nothing but cord's is in it. */
export function isAllCords(entry: unknown): boolean {
  return isCordHook(entry) && hooksIn(entry).every(isCords);
}

/** An entry is one hook, or a group of them. */
function hooksIn(entry: unknown): readonly unknown[] {
  const isGroup = typeof entry === "object" && entry !== null && "hooks" in entry;
  return isGroup ? [entry.hooks].flat() : [entry];
}

function isCords(hook: unknown): boolean {
  if (typeof hook !== "object" || hook === null) return false;
  if ("server" in hook && hook.server === "cord")
    return "tool" in hook && typeof hook.tool === "string" && hook.tool.startsWith("hook_");
  return "command" in hook && typeof hook.command === "string" && /^cord hook\s/.test(hook.command);
}
