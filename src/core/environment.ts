interface Variable {
  whose: "cord" | "run" | "system" | "Claude Code" | "Codex" | "opencode" | "coord" | "git";
  /** as a clause of a sentence */
  meaning: string;
  /** a daemon that is started on demand keeps it of the environment of whoever starts it */
  keptByDaemon?: true;
}

/**
 * Every environment variable that cord reads or sets, and whose it is: a person sets cord's own; cord sets those of a
 * run, for the run's agents. docs/environment.md is this table.
 */
export const variables = {
  CORD_URL: { whose: "cord", meaning: "the daemon's address" },
  CORD_ADDR: { whose: "cord", meaning: "where cord serve listens" },
  CORD_DB: { whose: "cord", meaning: "the database", keptByDaemon: true },
  CORD_VAULT: { whose: "cord", meaning: "the vault's folder", keptByDaemon: true },
  CORD_PUSH_TO: {
    whose: "cord",
    meaning: "prefixes of the URLs to which push notifications may go, with blanks between them",
    keptByDaemon: true,
  },
  CORD_PROJECT: { whose: "cord", meaning: "the project that commands are about" },
  CORD_AGENT: { whose: "cord", meaning: "who you are on the board" },
  CORD_RELEASES: {
    whose: "cord",
    meaning:
      "where install.sh and cord upgrade load releases from, as https://github.com/OWNER/REPO/releases",
  },
  CORD_BIN: { whose: "cord", meaning: "the folder that install.sh puts cord into: ~/.local/bin" },
  CORD_GUARD: { whose: "cord", meaning: "off: git commits also what others have reserved" },
  CORD_DEBUG: { whose: "cord", meaning: "stacks are shown", keptByDaemon: true },
  CORD_REHEARSAL_MS: {
    whose: "cord",
    meaning: "how long the rehearsal's agent works on a node, in milliseconds",
  },

  CORD_TOKEN: { whose: "run", meaning: "the token of the agent's node" },
  CORD_ATTEMPT: { whose: "run", meaning: "the attempt that a process belongs to, as run/node/epoch" },
  CORD_ENGINE: { whose: "run", meaning: "the engine of that attempt, as pid:startTime:namespace" },
  CORD_RUN: { whose: "run", meaning: "the run that a check or --notify is about" },
  CORD_NODE: { whose: "run", meaning: "the node that it is about, as #4" },
  CORD_EVENT: { whose: "run", meaning: "what --notify tells of: asked, parked, failed or ended" },
  CORD_TEXT: { whose: "run", meaning: "the same in words, and the command that does something about it" },
  CORD_MCP_URL: { whose: "run", meaning: "the tools of the rehearsal's agent" },
  CORD_SESSION_ID: { whose: "run", meaning: "the session of the rehearsal's agent" },

  PATH: { whose: "system", meaning: "where programs are looked for", keptByDaemon: true },
  HOME: { whose: "system", meaning: "the home directory", keptByDaemon: true },
  USERPROFILE: { whose: "system", meaning: "the home directory on Windows", keptByDaemon: true },
  LOCALAPPDATA: {
    whose: "system",
    meaning: "where cord's folder of data lies on Windows",
    keptByDaemon: true,
  },
  APPDATA: { whose: "system", meaning: "where settings lie on Windows", keptByDaemon: true },
  SystemRoot: {
    whose: "system",
    meaning: "the folder of Windows, without which no program can connect",
    keptByDaemon: true,
  },
  ComSpec: { whose: "system", meaning: "the shell of Windows", keptByDaemon: true },
  PATHEXT: { whose: "system", meaning: "the endings of programs on Windows", keptByDaemon: true },
  USER: { whose: "system", meaning: "the user's name", keptByDaemon: true },
  LOGNAME: { whose: "system", meaning: "the user's name", keptByDaemon: true },
  LANG: {
    whose: "system",
    meaning: "the language, as the LC_ variables, which a daemon keeps too",
    keptByDaemon: true,
  },
  LANGUAGE: { whose: "system", meaning: "the languages, in order", keptByDaemon: true },
  TZ: { whose: "system", meaning: "the time zone", keptByDaemon: true },
  TMPDIR: { whose: "system", meaning: "where temporary files go", keptByDaemon: true },
  TMP: { whose: "system", meaning: "where temporary files go", keptByDaemon: true },
  TEMP: { whose: "system", meaning: "where temporary files go", keptByDaemon: true },
  XDG_DATA_HOME: { whose: "system", meaning: "where cord's folder of data lies", keptByDaemon: true },
  XDG_CACHE_HOME: { whose: "system", meaning: "where caches lie", keptByDaemon: true },
  XDG_CONFIG_HOME: { whose: "system", meaning: "where settings lie", keptByDaemon: true },
  XDG_RUNTIME_DIR: { whose: "system", meaning: "where sockets lie", keptByDaemon: true },
  XDG_STATE_HOME: { whose: "system", meaning: "where programs keep their state", keptByDaemon: true },
  NO_PROXY: { whose: "system", meaning: "hosts that are reached without a proxy" },
  no_proxy: { whose: "system", meaning: "the same, as some programs read it" },
  SYSTEMD_EXEC_PID: {
    whose: "system",
    meaning: "the process that systemd has started: whether a daemon is its service",
  },
  MANAGERPID: {
    whose: "system",
    meaning: "the manager of a user's services that has started a process: whether it is of the user's",
  },
  XPC_SERVICE_NAME: { whose: "system", meaning: "the job of launchd's that a process is: the same on macOS" },
  TERM: { whose: "system", meaning: "what the terminal can: dumb draws nothing anew, and has no colours" },
  TERM_PROGRAM: { whose: "system", meaning: "the terminal: whether it takes notifications" },
  VISUAL: { whose: "system", meaning: "the editor in which a plan or a node is edited" },
  EDITOR: {
    whose: "system",
    meaning: "the same, where VISUAL is not set; else it is vi, on Windows notepad",
  },
  COLUMNS: { whose: "system", meaning: "the width of a table where there is no terminal" },
  LINES: { whose: "system", meaning: "the height of cord top where there is no terminal" },
  NO_COLOR: { whose: "system", meaning: "no colours" },
  FORCE_COLOR: { whose: "system", meaning: "colours also where there is no terminal; 0 is none" },

  CLAUDE_CONFIG_DIR: { whose: "Claude Code", meaning: "its folder in place of ~/.claude" },
  CLAUDE_CODE_SANDBOXED: { whose: "Claude Code", meaning: "it trusts every project" },
  CLAUDE_CODE_MAX_RETRIES: {
    whose: "Claude Code",
    meaning: "how often it tries a request again: 4 in a run",
  },
  CLAUDE_CODE_MESSAGING_SOCKET: {
    whose: "Claude Code",
    meaning: "the inbox of the conversation that a cord mcp belongs to",
  },
  CLAUDE_CODE_MESSAGING_TOKEN: { whose: "Claude Code", meaning: "what that inbox is shown of who writes" },
  CLAUDE_CODE_ENTRYPOINT: { whose: "Claude Code", meaning: "cli where a person sits before it" },
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: {
    whose: "Claude Code",
    meaning: "set when it is asked for its version",
  },
  CLAUDE_CODE_OAUTH_TOKEN: { whose: "Claude Code", meaning: "a login" },
  CLAUDE_CODE_USE_BEDROCK: { whose: "Claude Code", meaning: "a login of another maker" },
  CLAUDE_CODE_USE_VERTEX: { whose: "Claude Code", meaning: "a login of another maker" },
  CLAUDE_CODE_USE_FOUNDRY: { whose: "Claude Code", meaning: "a login of another maker" },
  ANTHROPIC_BASE_URL: { whose: "Claude Code", meaning: "another address of its API" },
  ANTHROPIC_API_KEY: { whose: "Claude Code", meaning: "a key in place of a login" },
  ANTHROPIC_AUTH_TOKEN: { whose: "Claude Code", meaning: "a token in place of a login" },
  MCP_CONNECT_TIMEOUT_MS: {
    whose: "Claude Code",
    meaning: "how long it waits for cord's tools: 30000 in a run",
  },
  MCP_TOOL_TIMEOUT: {
    whose: "Claude Code",
    meaning: "how long a tool may take; a question of an agent may take its own time",
  },
  IS_SANDBOX: { whose: "Claude Code", meaning: "root may bypass permissions: 1 in a run of root's" },
  CODEX_HOME: { whose: "Codex", meaning: "its folder in place of ~/.codex" },
  CODEX_THREAD_ID: { whose: "Codex", meaning: "the thread that a command belongs to: cord acts as its tab" },
  OPENCODE_PID: { whose: "opencode", meaning: "the process that a cord mcp belongs to" },
  COORD_DB: { whose: "coord", meaning: "the database that cord import coord reads" },
  GIT_TERMINAL_PROMPT: { whose: "git", meaning: "0: it asks nothing when it is asked for changes" },
} as const satisfies Readonly<Record<string, Variable>>;

export type VariableName = keyof typeof variables;

/** An environment: of what is set in it, only what the table names can be read. */
export type Environment = { readonly [Name in VariableName]?: string | undefined };

/** An environment without some of its variables. */
export function withoutVariables(env: Environment, names: readonly VariableName[]): Environment {
  const without: readonly string[] = names;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !without.includes(name)));
}

/**
 * The row of a variable that was found by its name; null: cord does not know it. Windows takes the letters of either case
 * for the same: its `Path` is PATH.
 */
export function variableNamed(name: string, ignoresCase = false): Variable | null {
  const known: Readonly<Record<string, Variable>> = variables;
  if (Object.hasOwn(known, name)) return known[name] ?? null;
  const same = ignoresCase && Object.keys(known).find((one) => one.toUpperCase() === name.toUpperCase());
  return same ? (known[same] ?? null) : null;
}
