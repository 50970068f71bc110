import { realpathSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { Environment } from "../core/environment.ts";
import { CordError } from "../core/error.ts";
import { folderBelow } from "../core/folder.ts";
import { beginningOf, plain } from "../core/text.ts";
import type { AgentKind, Demand } from "./agents/agent.ts";

interface Run {
  /** its folder */
  cwd: string;
  env: Environment;
  isolate: boolean;
}

/**
 * The folder in which a node's agent works: the run's, or one below it. Throws `invalid`, with what to do instead, for one that
 * is not there, that a link leads out of the run's, or whose own settings would do what nobody has agreed to.
 */
export function workplaceOf(
  agent: Pick<AgentKind, "label" | "untrusted">,
  { cwd, env, isolate }: Run,
  below: string | undefined,
): string {
  const wanted = below === undefined ? null : folderBelow(below, null);
  if (wanted === null) return cwd;
  const folder = realFolderBelow(cwd, wanted);
  const demand = isolate ? undefined : ownDemand(agent, { cwd, env }, folder);
  if (demand === undefined) return folder;
  throw new CordError(
    "invalid",
    `The folder ${plain(wanted)} has settings of its own that nobody has agreed to (${plain(demand.file)}: ${plain(beginningOf(demand.does, 200))}). Leave cwd out, or start the run with --isolate.`,
  );
}

function realFolderBelow(cwd: string, wanted: string): string {
  const [base, folder] = [realpathOrNull(cwd), realpathOrNull(join(cwd, wanted))];
  if (base === null || folder === null || !statSync(folder).isDirectory())
    throw new CordError(
      "invalid",
      `There is no folder ${plain(wanted)} in the run's (${plain(cwd)}). Leave cwd out, or let it be made before.`,
    );
  const path = relative(base, folder);
  if (path === ".." || path.startsWith("../") || resolve(base, path) !== folder)
    throw new CordError(
      "invalid",
      `The folder ${plain(wanted)} is a link that leads out of the run's (${plain(cwd)}). Leave cwd out.`,
    );
  return folder;
}

function realpathOrNull(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

/** What the agent would do by settings of this folder, and not by those of the run's, which its person has seen. */
function ownDemand(
  agent: Pick<AgentKind, "untrusted">,
  { cwd, env }: Pick<Run, "cwd" | "env">,
  folder: string,
): Demand | undefined {
  const known = new Set(demandsIn(agent, realpathOrNull(cwd) ?? cwd, env).map(({ key }) => key));
  return demandsIn(agent, folder, env).find(({ key }) => !known.has(key))?.demand;
}

function demandsIn(
  agent: Pick<AgentKind, "untrusted">,
  folder: string,
  env: Environment,
): { key: string; demand: Demand }[] {
  const demands = agent.untrusted(folder, env)?.demands ?? [];
  return demands.map((demand) => ({ key: `${resolve(folder, demand.file)}\0${demand.does}`, demand }));
}
