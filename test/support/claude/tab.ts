import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Machine } from "../machine/machine.ts";
import { signal, type Found } from "../machine/processes.ts";
import { openPane, sendPrompt, type Pane } from "../terminal/pane.ts";
import { until } from "../until.ts";
import { claudeEnv, claudePath, type ClaudeVersion } from "./claude.ts";
import { startModel, type Model, type Script } from "./model.ts";

/** The real Claude Code as a person has it in a tab: interactive, in a terminal of its own, with a scripted model behind it. */
export interface ClaudeTab extends AsyncDisposable {
  /** its own: no other tab's requests are in it */
  model: Model;
  /** of Claude Code itself */
  pid: number;
  pane: Pane;
  /** Types a prompt, which is on one line, and sends it. */
  prompt(text: string): Promise<void>;
  /** Presses a key, which does nothing in a prompt, until what is or comes on the screen has left it: a new dialog takes no key. */
  dismiss(key: string, shown: RegExp): Promise<void>;
  /** What Claude Code says of itself. */
  session(): Session;
  /** Resolves once it is in this state, as it says itself. */
  is(status: Session["status"]): Promise<Session>;
  /** the `cord mcp` that serves it */
  bridge(): Found;
  /** Closes its terminal, as a person who closes the tab does, and resolves when it and its bridge are gone. */
  close(): Promise<void>;
}

export interface TabOptions {
  script: Script;
  version?: ClaudeVersion;
  /** the machine's project unless given; trusted */
  folder?: string;
  args?: readonly string[];
  env?: Record<string, string>;
  /** what its person lets it do unasked: all of cord's tools unless given */
  allowed?: readonly string[];
}

/** The file that each Claude Code keeps of itself, as far as cord and the tests read it. */
const Session = z.object({
  pid: z.number(),
  sessionId: z.string(),
  cwd: z.string(),
  name: z.string().optional(),
  status: z.enum(["idle", "busy", "waiting"]),
  waitingFor: z.string().optional(),
  messagingSocketPath: z.string().optional(),
});
export type Session = z.infer<typeof Session>;

/** Opens a tab in a project that has cord as its MCP server, and resolves once it takes a prompt and is connected to it. */
export async function openTab(machine: Machine, options: TabOptions): Promise<ClaudeTab> {
  const { script, version = "newest", folder = machine.cwd, args = [], allowed = ["mcp__cord"] } = options;
  const model = await startModel(script);
  const config = join(machine.home, ".claude");
  // the trust of a worktree is that of the repository, too
  answerFirstQuestions(config, [machine.cwd, folder], allowed);
  const argv = [claudePath(version), ...args];
  const env = { ...environment(machine, model), CLAUDE_CONFIG_DIR: config, ...options.env };
  const before = pidsOf(machine, argv);
  const connections = connectionsOf(machine);
  const pane = await openPane(argv, { cwd: folder, env, width: 140, height: 50 });
  try {
    await pane.until((screen) => isReady.test(screen));
    const pid = pidsOf(machine, argv).find((one) => !before.includes(one));
    if (pid === undefined) throw new Error("Claude Code is on the screen and not among the processes.");
    const tab = tabOf(machine, { model, pane, pid, file: join(config, `sessions/${pid}.json`) });
    await tab.is("idle");
    await until("its connection to cord", () => connectionsOf(machine) > connections).catch(
      async (error: unknown) => {
        const said = [await pane.until(() => true), ...serverLogs(machine).map((text) => text.slice(-3000))];
        throw new Error([String(error), ...said].join("\n"), { cause: error });
      },
    );
    return tab;
  } catch (error) {
    await pane[Symbol.asyncDispose]();
    await model.stop();
    throw error;
  }
}

interface Opened {
  model: Model;
  pane: Pane;
  pid: number;
  /** that it keeps of itself */
  file: string;
}

function tabOf(machine: Machine, { model, pane, pid, file }: Opened): ClaudeTab {
  const session = () => Session.parse(JSON.parse(readFileSync(file, "utf8")));
  const isAlive = (one: number) => machine.processes().some((found) => found.pid === one);
  const bridges = () => machine.processes().filter((found) => isBridgeOf(found, pid));
  const close = async () => {
    const served = [pid, ...bridges().map((bridge) => bridge.pid)];
    await pane[Symbol.asyncDispose]();
    await until("the end of the tab", () => !served.some(isAlive));
  };
  return {
    model,
    pid,
    pane,
    session,
    close,
    is: async (status) => {
      await until(`the tab's being ${status}`, () => statusIn(session) === status);
      return session();
    },
    prompt: (text) => sendPrompt(pane, text),
    async dismiss(key, shown) {
      await pane.until((screen) => shown.test(screen));
      const isGone = async () => !shown.test(await pane.until(() => true));
      const press = async () => {
        if (await isGone()) return true;
        await pane.press(key);
        return false;
      };
      await until(`the end of ${String(shown)} on the screen`, press, { everyMs: 500 });
    },
    bridge() {
      const [bridge] = bridges();
      if (bridge === undefined) throw new Error("No bridge serves this tab.");
      return bridge;
    },
    async [Symbol.asyncDispose]() {
      // one in a turn may outlive its terminal for a while
      if (isAlive(pid)) signal(pid, "SIGTERM");
      await close();
      await model.stop();
      if (model.scriptErrors.length > 0)
        throw new Error(`The script threw: ${String(model.scriptErrors[0])}`);
    },
  };
}

const isReady = /\? for shortcuts|bypass permissions on|accept edits on|shift\+tab|← for agents/i;

function environment(machine: Machine, model: Model): Record<string, string> {
  const runtime = join(machine.home, ".run");
  mkdirSync(runtime, { recursive: true, mode: 0o700 });
  return {
    ...claudeEnv(model, machine.home),
    ...machine.env,
    // the socket of its inbox, and what it notes of its servers
    XDG_RUNTIME_DIR: runtime,
    XDG_CACHE_HOME: join(machine.home, ".cache"),
  };
}

/** What a person has answered long ago: the theme, the key, the folders' trust and its servers, and what may be done unasked. */
function answerFirstQuestions(config: string, folders: readonly string[], allowed: readonly string[]): void {
  mkdirSync(config, { recursive: true });
  const path = join(config, ".claude.json");
  const known = Known.parse(JSON.parse(readOr(path, "{}")));
  const projects = { ...known.projects };
  for (const folder of folders)
    projects[folder] = {
      ...projects[folder],
      hasTrustDialogAccepted: true,
      hasCompletedProjectOnboarding: true,
    };
  writeFileSync(
    path,
    JSON.stringify({
      ...known,
      hasCompletedOnboarding: true,
      theme: "dark",
      bypassPermissionsModeAccepted: true,
      customApiKeyResponses: { approved: ["test-key"], rejected: [] },
      projects,
    }),
  );
  const settings = {
    enableAllProjectMcpServers: true,
    skipDangerousModePermissionPrompt: true,
    permissions: { allow: allowed },
  };
  writeFileSync(join(config, "settings.json"), JSON.stringify(settings));
}

const Known = z.looseObject({ projects: z.record(z.string(), z.looseObject({})).default({}) });

function pidsOf(machine: Machine, argv: readonly string[]): number[] {
  return machine.processes().flatMap((found) => (found.argv[0] === argv[0] ? [found.pid] : []));
}

/** How often a Claude Code of this machine has connected to cord, by the logs that it keeps of its servers. */
function connectionsOf(machine: Machine): number {
  return serverLogs(machine).join("\n").split("Connection established with capabilities").length - 1;
}

function serverLogs(machine: Machine): string[] {
  const cache = join(machine.home, ".cache");
  const logs = filesBelow(cache).filter((path) => path.includes("/mcp-logs-cord/"));
  return logs.map((path) => readOr(path, ""));
}

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
  } catch {
    // not made yet
    return [];
  }
}

function isBridgeOf({ pid, argv }: Found, parent: number): boolean {
  return argv.at(-1) === "mcp" && readOr(`/proc/${pid}/status`, "").includes(`\nPPid:\t${parent}\n`);
}

function statusIn(session: () => Session): Session["status"] | null {
  try {
    return session().status;
  } catch {
    // not written yet, or half
    return null;
  }
}

function readOr(path: string, other: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return other;
  }
}
