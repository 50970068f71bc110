import { existsSync } from "node:fs";
import { join } from "node:path";
import type { VariableName } from "../../core/environment.ts";
import type { JsonObject, JsonPart } from "./edit-json.ts";
import type { TomlEntry } from "./edit-toml.ts";
import {
  claudeHooks,
  claudeInboxRule,
  codexHooks,
  cursorHooks,
  geminiHooks,
  vscodeHooks,
  type HookEntries,
} from "../../core/hook-entries.ts";
import { opencodePlugin } from "./opencode-plugin.ts";

/** A program that agents run in, and where it looks for its MCP servers. */
export interface Client {
  readonly id: ClientId;
  readonly title: string;
  /** On PATH, or under the home directory, on Linux, macOS or Windows: either says that the client is installed. */
  readonly binaries: readonly string[];
  readonly folders: readonly string[];
  /** The agent in a terminal that it is, which doctor looks for; not of the ones that cord run starts. */
  readonly agentProgram?: string;
  /** user: the file is the user's own and serves every project, so it is written only when asked for by name. */
  readonly scope: "project" | "user";
  /** It is chosen also where it does not seem to be installed, unless the person says otherwise. */
  readonly isDefault?: true;
  /** The file that it reads in place of AGENTS.md, and can import that from. */
  readonly rules?: string;
  /** The first that is there is the one; if none is, the first is made. */
  readonly files: readonly [string, ...string[]];
  /** A variable that names another folder than the home directory's for the file. */
  readonly moved?: { readonly variable: VariableName; readonly file: string };
  readonly config: Config;
  readonly hooks?: Hooks;
  /** What the person has to do in the client, as a sentence. */
  readonly nextStep: string;
}

type Config =
  | {
      readonly format: "json";
      readonly parent: string;
      readonly entry: JsonObject;
      readonly base?: JsonObject;
      readonly context?: JsonPart;
    }
  | {
      readonly format: "toml";
      readonly parent: string;
      readonly entry: TomlEntry;
      /** What an older cord wrote in its place. */
      readonly earlier: readonly TomlEntry[];
    };

/**
 * What lets a client hear of the board at its next activity, and ask before it edits a file. It may stand in the file of the server,
 * and is one edit with it then.
 */
export interface Hooks {
  readonly file: string;
  readonly moved?: Client["moved"];
  readonly content:
    | {
        readonly format: "json";
        readonly entries: HookEntries;
        readonly base?: JsonObject;
        /** what the client then does without asking its person */
        readonly allowed?: JsonPart;
      }
    | { readonly format: "text"; readonly text: string };
  /** They are written only when asked for, because of this price, a clause; else they come with the client. */
  readonly price?: string;
}

export type ClientId = (typeof clientIds)[number];

export const clientIds = [
  "claude",
  "cursor",
  "codex",
  "gemini",
  "vscode",
  "opencode",
  "zed",
  "antigravity",
  "windsurf",
  "codex-user",
] as const;

const server = { command: "cord", args: ["mcp"] } as const;

/**
 * Codex hands its servers a cleaned environment: unnamed, these were lost, its agents on another board than the rest, and one that has
 * its folder elsewhere could not be woken.
 */
const codexServer = {
  ...server,
  env_vars: ["CORD_URL", "CORD_DB", "XDG_DATA_HOME", "CODEX_HOME"] satisfies VariableName[],
} as const;

const codexConfig = {
  format: "toml",
  parent: "mcp_servers",
  entry: codexServer,
  earlier: [{ ...server, env_vars: ["CORD_URL", "CORD_DB", "XDG_DATA_HOME"] }],
} as const;

/**
 * Shapes as the clients document them: code.claude.com/docs/en/mcp, cursor.com/docs/context/mcp,
 * developers.openai.com/codex/mcp, geminicli.com/docs/tools/mcp-server, code.visualstudio.com/docs/copilot/reference/mcp-configuration,
 * opencode.ai/docs/mcp-servers, zed.dev/docs/ai/mcp, docs.windsurf.com/windsurf/cascade/mcp,
 * antigravity.google/docs/mcp#global-and-workspace-server-configs. Of the hooks: code.claude.com/docs/en/hooks,
 * developers.openai.com/codex/hooks, geminicli.com/docs/hooks, opencode.ai/docs/plugins, cursor.com/docs/hooks and
 * code.visualstudio.com/docs/agent-customization/hooks.
 */
export const clients: readonly Client[] = [
  {
    id: "claude",
    title: "Claude Code",
    binaries: ["claude"],
    folders: [".claude"],
    scope: "project",
    isDefault: true,
    rules: "CLAUDE.md",
    files: [".mcp.json"],
    config: { format: "json", parent: "mcpServers", entry: server },
    hooks: {
      file: ".claude/settings.json",
      content: {
        format: "json",
        entries: claudeHooks,
        allowed: {
          kind: "member",
          parent: ["permissions"],
          key: "allow",
          value: claudeInboxRule,
          unset: [],
          isOwn: true,
        },
      },
    },
    nextStep:
      "Claude Code asks once whether to use the servers of .mcp.json. Say yes: else its hooks say at each prompt that cord is not connected. A tab may read its inbox unasked (messages_list), so that it can be woken while nobody is there.",
  },
  {
    id: "cursor",
    title: "Cursor",
    binaries: ["cursor", "cursor-agent"],
    folders: [".cursor"],
    scope: "project",
    files: [".cursor/mcp.json"],
    config: { format: "json", parent: "mcpServers", entry: server },
    hooks: {
      file: ".cursor/hooks.json",
      content: { format: "json", entries: cursorHooks, base: { version: 1 } },
      price: "each starts a program; made by its documentation only",
    },
    nextStep: "Cursor lists cord under its MCP settings: switch it on there.",
  },
  {
    id: "codex",
    title: "Codex",
    binaries: ["codex"],
    agentProgram: "codex",
    folders: [".codex"],
    scope: "project",
    files: [".codex/config.toml"],
    config: codexConfig,
    hooks: { file: ".codex/hooks.json", content: { format: "json", entries: codexHooks } },
    nextStep:
      "Codex reads .codex only in a project that you trust: say yes when it asks, or run cord init --client codex. Trust its hooks, too, when it asks.",
  },
  {
    id: "gemini",
    title: "Gemini CLI",
    binaries: ["gemini"],
    agentProgram: "gemini",
    folders: [".gemini"],
    scope: "project",
    files: [".gemini/settings.json"],
    config: {
      format: "json",
      parent: "mcpServers",
      entry: server,
      context: {
        kind: "member",
        parent: ["context"],
        key: "fileName",
        value: "AGENTS.md",
        unset: ["GEMINI.md"],
      },
    },
    hooks: { file: ".gemini/settings.json", content: { format: "json", entries: geminiHooks } },
    nextStep:
      "Gemini CLI reads a project's settings only in a folder that you trust; gemini mcp list shows cord.",
  },
  {
    id: "vscode",
    title: "VS Code",
    binaries: ["code", "code-insiders", "codium"],
    folders: [".vscode", ".config/Code", "Library/Application Support/Code", "AppData/Roaming/Code"],
    scope: "project",
    files: [".vscode/mcp.json"],
    config: { format: "json", parent: "servers", entry: { type: "stdio", ...server } },
    hooks: {
      file: ".github/hooks/cord.json",
      content: { format: "json", entries: vscodeHooks, base: { version: 1 } },
      price: "each starts a program; made by its documentation only",
    },
    nextStep: "VS Code asks whether you trust cord when it first starts it (MCP: List Servers).",
  },
  {
    id: "opencode",
    title: "opencode",
    binaries: ["opencode"],
    agentProgram: "opencode",
    folders: [".config/opencode", ".opencode"],
    scope: "project",
    files: ["opencode.json", "opencode.jsonc", ".opencode/opencode.json", ".opencode/opencode.jsonc"],
    config: {
      format: "json",
      parent: "mcp",
      entry: { type: "local", command: ["cord", "mcp"], enabled: true },
      // opencode writes this line into a file that lacks it; with it there, the file stays as init made it.
      base: { $schema: "https://opencode.ai/config.json" },
    },
    hooks: {
      file: ".opencode/plugin/cord.js",
      content: { format: "text", text: opencodePlugin },
      price: "it gets 64 MB of npm packages: offline a start takes a minute",
    },
    nextStep: "opencode mcp list shows cord.",
  },
  {
    id: "zed",
    title: "Zed",
    binaries: ["zed", "zeditor"],
    folders: [".config/zed", "AppData/Roaming/Zed"],
    scope: "project",
    files: [".zed/settings.json"],
    config: { format: "json", parent: "context_servers", entry: server },
    nextStep: "Zed starts cord when you trust the project (Agent Panel, settings).",
  },
  {
    id: "antigravity",
    title: "Antigravity",
    binaries: ["agy", "antigravity"],
    folders: [
      ".gemini/antigravity",
      ".gemini/antigravity-cli",
      ".config/Antigravity",
      "Library/Application Support/Antigravity",
      "AppData/Roaming/Antigravity",
    ],
    scope: "project",
    files: [".agents/mcp_config.json"],
    config: { format: "json", parent: "mcpServers", entry: server },
    nextStep: "Antigravity reads .agents/mcp_config.json in a project that you trust; /mcp shows cord.",
  },
  {
    id: "windsurf",
    title: "Windsurf (user settings)",
    binaries: ["windsurf"],
    folders: [".codeium/windsurf"],
    scope: "user",
    files: [".codeium/windsurf/mcp_config.json"],
    config: { format: "json", parent: "mcpServers", entry: server },
    nextStep: "Windsurf shows cord after a refresh of its MCP servers in Cascade, in every project.",
  },
  {
    id: "codex-user",
    title: "Codex (user settings)",
    binaries: ["codex"],
    folders: [".codex"],
    scope: "user",
    files: [".codex/config.toml"],
    moved: { variable: "CODEX_HOME", file: "config.toml" },
    config: codexConfig,
    hooks: {
      file: ".codex/hooks.json",
      moved: { variable: "CODEX_HOME", file: "hooks.json" },
      content: { format: "json", entries: codexHooks },
    },
    nextStep: "Codex starts cord in every project; codex mcp list shows it. Trust its hooks when it asks.",
  },
];

/** The clients whose hooks are written only when asked for, and why. */
export const pricedHooks: readonly {
  readonly id: ClientId;
  readonly title: string;
  readonly price: string;
}[] = clients.flatMap(({ id, title, hooks }) =>
  hooks?.price === undefined ? [] : [{ id, title, price: hooks.price }],
);

/** Those of the clients, and of those hooks that have a price, that a project is set up for. */
export interface Choice {
  readonly chosen: readonly Client[];
  readonly priced: readonly ClientId[];
}

/** The clients that a project is set up for where nobody names any: the default ones, and those that are installed. */
export function clientsOfProject(installed: readonly Client[]): Client[] {
  return clients.filter(
    (client) => client.scope === "project" && (client.isDefault === true || installed.includes(client)),
  );
}

/** Those of the clients that this machine seems to have; `path` is the PATH to look on. */
export function installedClients(home: string, path: string): Client[] {
  return clients.filter(
    ({ binaries, folders }) =>
      binaries.some((binary) => Bun.which(binary, { PATH: path }) !== null) ||
      folders.some((folder) => existsSync(join(home, folder))),
  );
}
