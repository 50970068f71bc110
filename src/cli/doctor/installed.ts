import { readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { selfCommand } from "../../system/self.ts";
import { plain } from "../../core/text.ts";
import { version } from "../../core/version.ts";
import { installableAgents, type InstallableAgent } from "../../engine/agents/agents.ts";
import { programVersion } from "../../engine/process/program-version.ts";
import { clients } from "../init/clients.ts";
import { containmentFinding } from "./containment.ts";
import { findingsOf, type Finding, type Surroundings } from "./finding.ts";

const { ok, none, failed } = findingsOf("installed");

/** cord itself, git, and the agents. One agent that cord run can start is needed; any other may be missing. */
export async function installed(surroundings: Surroundings, isInitialised: boolean): Promise<Finding[]> {
  const { env } = surroundings;
  const startable = installableAgents.map((agent) => ({ agent, path: located(agent, env) }));
  const canRun = startable.some(({ path }) => path !== null);
  return [
    await ownFinding(env, isInitialised),
    ...(await Promise.all(
      startable.map(({ agent, path }) => agentFinding(agent, path, canRun, surroundings)),
    )),
    ...clients.flatMap(({ agentProgram }) =>
      agentProgram === undefined ? [] : [clientFinding(agentProgram, env)],
    ),
    await gitFinding(env),
    ...containmentFinding(),
  ];
}

/** Agents' settings name cord without a path, so it must be found on theirs, and be this one or another of its version. */
async function ownFinding(env: Surroundings["env"], isInitialised: boolean): Promise<Finding> {
  const onPath = Bun.which("cord", { PATH: env.PATH ?? "" });
  const found =
    onPath === null || isSelf(onPath) ? version : await programVersion(onPath, env, startWithinMs);
  if (onPath !== null && found === version) return ok("cord", `${version}, ${onPath}`);
  const [what, fix] =
    onPath === null
      ? ["which is not on PATH", "Put it into a folder of your PATH under the name cord"]
      : [
          `and ${onPath} comes first on PATH, ${found === null ? "which does not say its version" : `which is ${plain(found)}`}`,
          `Remove ${onPath}, or put the folder of this one before its folder on PATH`,
        ];
  const detail = `${version}, ${self()}, ${what}`;
  const whole = `${fix}: agents start it as "cord mcp".`;
  return isInitialised ? failed("cord", detail, whole) : none("cord", detail, whole);
}

function isSelf(path: string): boolean {
  try {
    return realpathSync(path) === realpathSync(self());
  } catch {
    return false;
  }
}

/** The binary, or the sources' main.ts. */
function self(): string {
  return selfCommand("").at(-2) ?? process.execPath;
}

/** Of one that cord run can start. canRun: another one can do its work. */
async function agentFinding(
  { name, install, version }: InstallableAgent,
  path: string | null,
  canRun: boolean,
  surroundings: Surroundings,
): Promise<Finding> {
  if (path === null)
    return canRun
      ? none(name, "not installed")
      : failed(
          name,
          "not installed; cord run needs it",
          `${install}, or see a plan's tree with cord run --rehearse.`,
        );
  const said = await version(path, surroundings, startWithinMs);
  return said === null
    ? failed(
        name,
        `${path} does not start`,
        `See what it says: ${path} --version. To install it anew: ${install}`,
      )
    : ok(name, `${said}, ${path}`);
}

/** Of an agent that works in a tab only. */
function clientFinding(name: string, env: Surroundings["env"]): Finding {
  const path = Bun.which(name, { PATH: env.PATH ?? "" });
  if (path === null) return none(name, "not installed");
  return ok(name, [versionBeside(path), path].filter((part) => part !== "").join(", "));
}

const startWithinMs = 5000;

async function gitFinding(env: Surroundings["env"]): Promise<Finding> {
  const path = Bun.which("git", { PATH: env.PATH ?? "" });
  if (path === null) return none("git", "not installed; cord does without, your agents may not");
  const said = await programVersion(path, env, startWithinMs);
  return said === null
    ? none("git", `${path} does not start`)
    : ok("git", `${said.replace(/^git version /, "")}, ${path}`);
}

/** Where cord run would start it from. */
function located(agent: InstallableAgent, env: Surroundings["env"]): string | null {
  try {
    return agent.locate({ ...env });
  } catch {
    return null;
  }
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
