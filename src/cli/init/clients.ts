import { existsSync } from "node:fs";
import { join } from "node:path";
import type { VariableName } from "../../core/environment.ts";
import type { Edit } from "./edit.ts";
import { coordEntry, jsonEdit, type JsonObject, type JsonPart } from "./edit-json.ts";
import { coordTable, tomlEdit } from "./edit-toml.ts";
import { inPlaceOf } from "./predecessor.ts";

/** A program that agents run in, and where it looks for its MCP servers. */
export interface Client {
  readonly id: ClientId;
  readonly title: string;
  /** On PATH, or under the home directory: either says that the client is installed. */
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
      readonly entry: { readonly [key: string]: string | readonly string[] };
    };

export type ClientId = (typeof clientIds)[number];

export const clientIds = [
  "claude",
  "cursor",
  "codex",
  "gemini",
  "vscode",
  "opencode",
  "zed",
  "windsurf",
  "codex-user",
] as const;

const server = { command: "cord", args: ["mcp"] } as const;

/** Codex hands its servers a cleaned environment: unnamed, these were lost, and its agents on another board than the rest. */
const codexServer = {
  ...server,
  env_vars: ["CORD_URL", "CORD_DB", "XDG_DATA_HOME"] satisfies VariableName[],
} as const;

/**
 * Shapes as the clients document them: code.claude.com/docs/en/mcp, cursor.com/docs/context/mcp,
 * developers.openai.com/codex/mcp, geminicli.com/docs/tools/mcp-server, code.visualstudio.com/docs/copilot/reference/mcp-configuration,
 * opencode.ai/docs/mcp-servers, zed.dev/docs/ai/mcp, docs.windsurf.com/windsurf/cascade/mcp.
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
    nextStep:
      "Claude Code asks once whether to use the servers of .mcp.json; after that, claude mcp list shows cord.",
  },
  {
    id: "cursor",
    title: "Cursor",
    binaries: ["cursor", "cursor-agent"],
    folders: [".cursor"],
    scope: "project",
    files: [".cursor/mcp.json"],
    config: { format: "json", parent: "mcpServers", entry: server },
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
    config: { format: "toml", parent: "mcp_servers", entry: codexServer },
    nextStep:
      "Codex reads .codex/config.toml only in a project that you trust: say yes when it asks, or run cord init --client codex.",
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
    nextStep:
      "Gemini CLI reads a project's settings only in a folder that you trust; gemini mcp list shows cord.",
  },
  {
    id: "vscode",
    title: "VS Code",
    binaries: ["code", "code-insiders", "codium"],
    folders: [".vscode", ".config/Code", "Library/Application Support/Code"],
    scope: "project",
    files: [".vscode/mcp.json"],
    config: { format: "json", parent: "servers", entry: { type: "stdio", ...server } },
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
    nextStep: "opencode mcp list shows cord.",
  },
  {
    id: "zed",
    title: "Zed",
    binaries: ["zed", "zeditor"],
    folders: [".config/zed"],
    scope: "project",
    files: [".zed/settings.json"],
    config: { format: "json", parent: "context_servers", entry: server },
    nextStep: "Zed starts cord when you trust the project (Agent Panel, settings).",
  },
  {
    id: "windsurf",
    title: "Windsurf (your user settings)",
    binaries: ["windsurf"],
    folders: [".codeium/windsurf"],
    scope: "user",
    files: [".codeium/windsurf/mcp_config.json"],
    config: { format: "json", parent: "mcpServers", entry: server },
    nextStep: "Windsurf shows cord after a refresh of its MCP servers in Cascade, in every project.",
  },
  {
    id: "codex-user",
    title: "Codex (your user settings)",
    binaries: ["codex"],
    folders: [".codex"],
    scope: "user",
    files: [".codex/config.toml"],
    moved: { variable: "CODEX_HOME", file: "config.toml" },
    config: { format: "toml", parent: "mcp_servers", entry: codexServer },
    nextStep: "Codex starts cord in every project; codex mcp list shows it.",
  },
];

/** How to edit the client's file; undefined when nothing of it is wished for. */
export function editOf(client: Client, wish: { mcp: boolean; agents: boolean }): Edit | undefined {
  const { config } = client;
  if (config.format === "toml") {
    const edit = tomlEdit([config.parent, "cord"], config.entry);
    return wish.mcp ? inPlaceOf(coordTable(config.parent), edit) : undefined;
  }
  const parts: JsonPart[] = [];
  if (wish.mcp) parts.push({ kind: "entry", parent: [config.parent], key: "cord", value: config.entry });
  if (wish.agents && config.context !== undefined) parts.push(config.context);
  if (parts.length === 0) return undefined;
  const edit = jsonEdit(parts, config.base);
  return wish.mcp ? inPlaceOf(coordEntry(config.parent), edit) : edit;
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
