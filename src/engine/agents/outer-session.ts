/**
 * A run is often started from the shell of an agent. These variables mark that outer session: with them the run's own
 * agents would think they are it, resume it, or write into its tab. What the user set (accounts, proxies, limits) is
 * kept. Windows takes names in any letters' case.
 */
export function isOfOuterSession(given: string, platform: NodeJS.Platform = process.platform): boolean {
  const name = platform === "win32" ? given.toUpperCase() : given;
  return names.has(name) || families.some((family) => name.startsWith(family));
}

/**
 * The variables that Claude Code 2.1.197 to 2.1.332 sets for programs that it starts, or for itself when it restarts;
 * two are Codex's.
 */
const names: ReadonlySet<string> = new Set([
  "AI_AGENT",
  "CLAUDECODE",
  "CLAUDE_EFFORT",
  "CLAUDE_ENV_FILE",
  "CLAUDE_JOB_DIR",
  "CLAUDE_PID",
  "CLAUDE_PLUGIN_DATA",
  "CLAUDE_PLUGIN_ROOT",
  "CLAUDE_PROJECT_DIR",
  "CLAUDE_SESSION_ID",
  "CLAUDE_SKILL_DIR",
  "CLAUDE_CODE_AGENT",
  "CLAUDE_CODE_ENTRYPOINT",
  "CLAUDE_CODE_EXECPATH",
  "CLAUDE_CODE_HOST_SESSION_ID",
  "CLAUDE_CODE_INVOKED_SKILLS",
  "CLAUDE_CODE_LAUNCHED_BY_SESSION_IDS",
  "CLAUDE_CODE_REMOTE_SESSION_ID",
  "CLAUDE_CODE_RESUME_FROM_SESSION",
  "CLAUDE_CODE_RESUME_INTERRUPTED_TURN",
  "CLAUDE_CODE_RESUME_PROMPT",
  "CLAUDE_CODE_RESUME_REASON",
  "CLAUDE_CODE_SCRATCHPAD_DIR",
  "CLAUDE_CODE_SSE_PORT",
  "CLAUDE_CODE_STARTER_MAY_HOLD_CONNECTOR_FILE",
  "CLAUDE_CODE_TASK_LIST_ID",
  "CLAUDE_CODE_TMUX_SESSION",
  "CLAUDE_CODE_WEBSOCKET_AUTH_FILE_DESCRIPTOR",
  "CLAUDE_CODE_WORKER_EPOCH",
  "CODEX_SESSION_ID",
  "CODEX_THREAD_ID",
]);

const families = [
  "CLAUDE_BG_",
  "CLAUDE_BRIDGE_",
  "CLAUDE_CODE_BRIDGE_",
  "CLAUDE_CODE_CHILD_",
  "CLAUDE_CODE_MESSAGING_",
  "CLAUDE_CODE_RELAUNCH_",
  "CLAUDE_CODE_SESSION_",
] as const;
