import { closeSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isOfServer, toolOf } from "../../../core/allowed-tools.ts";
import type { Environment } from "../../../core/environment.ts";
import { limits } from "../../../core/limits.ts";
import { openPrivate } from "../../../system/private-file.ts";
import { agentEnvironment, type AgentKind, type Launch, type Machine } from "../agent.ts";
import { programVersion } from "../../process/program-version.ts";
import { programWords } from "../../process/real-program.ts";
import { accountOf } from "./account.ts";
import { locateClaude } from "./locate.ts";
import { login } from "./login.ts";
import { claudePermissionModes } from "./permission-modes.ts";
import { keptFrom, refusedStart } from "./refusal.ts";
import { bringSession } from "./sessions.ts";
import { untrustedIn } from "./trust.ts";
import { streamJsonReader, userMessage, vitalMarks } from "../stream-json.ts";
import { streamJsonResults } from "../stream-results.ts";

const install = "npm install -g @anthropic-ai/claude-code";

/** Claude Code, as observed in 2.1.197. */
export const claude: AgentKind = {
  name: "claude",
  label: "Claude Code",
  install,
  logIn: "Log in by starting claude once (/login), or set a valid ANTHROPIC_API_KEY",
  permissionModes: claudePermissionModes,
  version,
  login,
  account: accountOf,
  vital: vitalMarks,
  locate,
  untrusted: untrustedIn,
  command: (launch) => ({
    argv: [...programWords(locate(launch.env)), ...argumentsOf(launch, writeMcpConfig(launch))],
    env: environmentOf(launch),
    stdin: userMessage(launch.prompt, launch.sharedPrompt),
    keepStdinOpen: true,
  }),
  message: (text) => userMessage(text),
  refusedStart,
  reader: (launch) => streamJsonReader(launch && ((seen) => keptFrom(seen, launch))),
  results: streamJsonResults,
  bringSession,
};

/**
 * Claude Code's own tools to fan out, and to come back later. They are removed, so that the tree is the only one and
 * the run's limits hold. A name that a version does not know does no harm.
 */
const ownFanOut = "Agent,Task,Workflow,ListAgents,SendMessage,CronCreate,CronDelete,CronList,ScheduleWakeup";

/** How long it may wait for the daemon's MCP server, which its config makes it wait for. */
const mcpConnectTimeoutMs = "30000";

/**
 * How often it retries a request by itself: for some 8 s, where the default is minutes. After that the trouble
 * concerns all agents of the run, which wait it out together.
 */
const maxRetries = "4";

function locate(env: Environment): string {
  return locateClaude(env, install);
}

/** Without what it would ask of the network at its start. */
async function version(path: string, { env }: Machine, withinMs: number): Promise<string | null> {
  const said = await programVersion(
    path,
    { ...env, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1" },
    withinMs,
  );
  return said?.replace(" (Claude Code)", "") ?? null;
}

function argumentsOf(launch: Launch, mcpConfig: string): string[] {
  return [
    "-p",
    "--output-format",
    "stream-json",
    "--input-format",
    "stream-json",
    "--verbose",
    "--include-partial-messages",
    "--mcp-config",
    mcpConfig,
    // this removes the project's hooks, helpers, variables, servers, skills, agents and CLAUDE.md
    ...(launch.isolate ? ["--strict-mcp-config", "--setting-sources", "user"] : []),
    ...permissionsOf(launch),
    "--disallowedTools",
    ownFanOut,
    ...(launch.model === null ? [] : ["--model", launch.model]),
    launch.resume ? "--resume" : "--session-id",
    launch.sessionId,
    ...(launch.budgetUsd === null ? [] : ["--max-budget-usd", String(launch.budgetUsd)]),
  ];
}

/**
 * What it may use. Where the run bypasses permissions, a node's own list is all that is allowed; where a person has set other
 * bounds, the list takes away from them and adds nothing: an agent may have written it.
 */
function permissionsOf({ permissionMode, allowedTools }: Launch): string[] {
  if (allowedTools === null) return ["--permission-mode", permissionMode, "--allowedTools", "mcp__cord"];
  const isBypassed = permissionMode === "bypassPermissions";
  const builtIn = new Set(allowedTools.filter((rule) => !isOfServer(rule)).map(toolOf));
  return [
    "--permission-mode",
    isBypassed ? "dontAsk" : permissionMode,
    "--allowedTools",
    ["mcp__cord", ...(isBypassed ? allowedTools : [])].join(","),
    "--tools",
    [...builtIn].join(","),
  ];
}

/** The token is not in the file: Claude Code expands the variable from its environment. */
function writeMcpConfig(launch: Launch): string {
  const path = join(launch.dir, "mcp.json");
  const cord = {
    type: "http",
    url: launch.mcpUrl,
    headers: { Authorization: "Bearer ${CORD_TOKEN}" },
    // without it the first turn may run before the server's tools are there
    alwaysLoad: true,
    ...longestWait(launch),
  };
  const file = openPrivate(path, "truncate");
  try {
    writeFileSync(file, `${JSON.stringify({ mcpServers: { cord } }, null, 2)}\n`);
  } finally {
    closeSync(file);
  }
  return path;
}

/**
 * The user's own limit for all tools would cut a question's wait short, so the server gets a limit of its own.
 * Without a user's limit Claude Code allows a tool one day, and 60 s until its answer begins; a server's limit must
 * not make that longer.
 */
function longestWait({ env }: Launch): { timeout?: number } {
  return env.MCP_TOOL_TIMEOUT ? { timeout: maxAskMs } : {};
}

/** The longest wait_seconds, and a little. */
const maxAskMs = limits.longWaitMs + 60_000;

function environmentOf(launch: Launch): Environment {
  const env = agentEnvironment(launch.env);
  // it refuses to bypass permissions as root unless told that it is in a sandbox
  const isRootUnasked = launch.permissionMode === "bypassPermissions" && process.getuid?.() === 0;
  return {
    MCP_CONNECT_TIMEOUT_MS: mcpConnectTimeoutMs,
    CLAUDE_CODE_MAX_RETRIES: maxRetries,
    ...(isRootUnasked && { IS_SANDBOX: "1" }),
    ...env,
    CORD_TOKEN: launch.token,
  };
}
