import { readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { selfCommand } from "../../system/self.ts";
import { version } from "../../core/version.ts";
import { isAgentName } from "../../core/agents.ts";
import { agentNamed } from "../../engine/agents/agents.ts";
import { programVersion } from "../../engine/process/program-version.ts";
import { findingsOf, type Finding, type Surroundings } from "./finding.ts";

const { ok, none, failed } = findingsOf("installed");

/** The agents that cord knows of, and how each is had. */
const packages: ReadonlyMap<string, string> = new Map([
  ["claude", "@anthropic-ai/claude-code"],
  ["codex", "@openai/codex"],
  ["gemini", "@google/gemini-cli"],
  ["opencode", "opencode-ai"],
]);

/** cord itself, git, and the agents. One agent that cord run can start is needed; any other may be missing. */
export async function installed({ env }: Surroundings, isInitialised: boolean): Promise<Finding[]> {
  const found = new Map([...packages.keys()].map((name) => [name, locate(name, env)]));
  const canRun = [...found].some(([name, path]) => path !== null && isAgentName(name));
  return [
    ownFinding(env, isInitialised),
    ...(await Promise.all([
      ...[...found].map(([name, path]) => agentFinding({ name, path, canRun, env })),
      gitFinding(env),
    ])),
  ];
}

/** Agents' settings name cord without a path, so it must be found on theirs. */
function ownFinding(env: Surroundings["env"], isInitialised: boolean): Finding {
  const onPath = Bun.which("cord", { PATH: env["PATH"] ?? "" });
  if (onPath !== null) return ok("cord", `${version}, ${onPath}`);
  const detail = `${version}, ${self()}, which is not on PATH`;
  const mend = 'Put it into a folder of your PATH under the name cord: agents start it as "cord mcp".';
  return isInitialised ? failed("cord", detail, mend) : none("cord", detail, mend);
}

/** The binary, or the sources' main.ts. */
function self(): string {
  return selfCommand("").at(-2) ?? process.execPath;
}

interface Agent {
  name: string;
  path: string | null;
  /** another agent can do cord run's work */
  canRun: boolean;
  env: Surroundings["env"];
}

async function agentFinding({ name, path, canRun, env }: Agent): Promise<Finding> {
  if (path === null) {
    const how = `npm install -g ${packages.get(name) ?? name}`;
    return name === "claude" && !canRun
      ? failed(
          name,
          "not installed; cord run needs it",
          `${how}, or see a plan's tree with cord run --rehearse.`,
        )
      : none(name, "not installed");
  }
  if (name !== "claude")
    return ok(name, [versionBeside(path), path].filter((part) => part !== "").join(", "));
  const said = await programVersion(
    path,
    { ...env, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1" },
    startWithinMs,
  );
  return said === null
    ? failed(
        name,
        `${path} does not start`,
        `See what it says: ${path} --version. To install it anew: npm install -g ${packages.get(name)}`,
      )
    : ok(name, `${said.replace(" (Claude Code)", "")}, ${path}`);
}

const startWithinMs = 5000;

async function gitFinding(env: Surroundings["env"]): Promise<Finding> {
  const path = Bun.which("git", { PATH: env["PATH"] ?? "" });
  if (path === null) return none("git", "not installed; cord does without, your agents may not");
  const said = await programVersion(path, env, startWithinMs);
  return said === null
    ? none("git", `${path} does not start`)
    : ok("git", `${said.replace(/^git version /, "")}, ${path}`);
}

/** Where cord run would start it from; else where the shell would. */
function locate(name: string, env: Surroundings["env"]): string | null {
  try {
    if (isAgentName(name)) return agentNamed(name).locate({ ...env });
  } catch {
    return null;
  }
  return Bun.which(name, { PATH: env["PATH"] ?? "" });
}

/** The version in the package that a program is part of: some of these programs take a second to say it themselves. */
function versionBeside(path: string): string {
  let folder = dirname(realpathSync(path));
  for (let up = 0; up < 4; up += 1, folder = dirname(folder)) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      if (typeof manifest === "object" && manifest !== null && "version" in manifest)
        return String(manifest.version);
    } catch {
      // One folder further up.
    }
  }
  return "";
}
