import { realpathSync } from "node:fs";
import { defaultUrl } from "../../client/paths.ts";
import { messageOf } from "../../core/error.ts";
import { variableNamed } from "../../core/environment.ts";
import { colorWish } from "../output.ts";
import { isOfOuterSession } from "../../engine/agents/outer-session.ts";
import { clients, clientsOfProject, installedClients } from "../init/clients.ts";
import { planInit, type PlannedEdit } from "../init/plan.ts";
import { readRecord, type InitRecord } from "../init/record.ts";
import { pricedIn, targetsOf } from "../init/targets.ts";
import { command as run } from "../run.ts";
import { settingsIn } from "../settings/settings.ts";
import { findingsOf, shownUrl, type Finding, type Surroundings } from "./finding.ts";

const { ok, none, failed } = findingsOf("configured");

/** What cord init has to say of the project, and the variables that change what cord does. */
export function configured(surroundings: Surroundings): { isInitialised: boolean; findings: Finding[] } {
  const { isInitialised, findings } = project(surroundings);
  return {
    isInitialised,
    findings: [
      ...findings,
      ...faultySettings(surroundings.project),
      ...cordVariables(surroundings.env),
      ...otherVariables(surroundings.env),
    ],
  };
}

/** What a config.toml of the project, or of the user, says that cannot be. Nothing where all can: cord config shows what holds. */
function faultySettings(folder: string): Finding[] {
  try {
    settingsIn(folder, run);
    return [];
  } catch (error) {
    return [failed("settings", messageOf(error), "Mend it there: until then cord run starts nothing.")];
  }
}

function project({ env, home, project }: Surroundings): { isInitialised: boolean; findings: Finding[] } {
  try {
    const root = realpathSync(project);
    if (root === realpathSync(home))
      return { isInitialised: false, findings: [none("project", `${root} is your home directory`)] };
    const record = readRecord(root);
    const chosen = clients.filter((client) =>
      record
        ? record.clients.includes(client.id)
        : clientsOfProject(installedClients(home, env.PATH ?? "")).includes(client),
    );
    const wish = { clients: chosen, mcp: true, agents: true, hooks: true, priced: pricedIn(record) };
    const edits = planInit(targetsOf({ root, home, variables: env }, wish), false);
    return { isInitialised: record !== undefined, findings: initFindings(root, record, edits) };
  } catch (error) {
    const finding = failed("project", `${project}: ${messageOf(error)}`, "cord init --dry-run says more.");
    return { isInitialised: false, findings: [finding] };
  }
}

/** A project that nobody has initialised is no failure; one that was and has lost a part is. */
function initFindings(
  root: string,
  record: InitRecord | undefined,
  edits: readonly PlannedEdit[],
): Finding[] {
  const inPlace = edits.filter(isInPlace);
  if (record === undefined && inPlace.length === 0)
    return [
      none(
        "project",
        `cord init has not been run in ${root}`,
        "cord init, so that agents here know of cord.",
      ),
    ];
  const rest = edits.filter((planned) => !isInPlace(planned));
  const where = inPlace.map(({ target }) => target.shown).join(", ");
  return [
    ...(inPlace.length > 0 ? [ok("project", `${where} in ${root}`)] : []),
    ...rest.map((planned) => missing(planned, record)),
  ];
}

function isInPlace({ status, kept }: PlannedEdit): boolean {
  return status === "same" && kept.length === 0;
}

function missing({ target, kept, refusal }: PlannedEdit, record: InitRecord | undefined): Finding {
  const wasThere = target.scope === "user" || record?.files[target.file.path] !== undefined;
  const why = refusal ?? kept[0] ?? `lacks cord's part, for ${target.title}`;
  const fix = kept.length > 0 ? "cord init --force replaces it." : "cord init";
  return wasThere || refusal !== undefined
    ? failed("project", `${target.shown}: ${why}`, fix)
    : none("project", `${target.shown}: ${why}`, fix);
}

function cordVariables(env: Surroundings["env"]): Finding[] {
  const set = Object.entries(env).filter(([name, value]) => name.startsWith("CORD_") && value !== undefined);
  const inside = set.map(([name]) => name).filter(isOfARun);
  return [
    ...set.filter(([name]) => !isOfARun(name)).map(([name, value = ""]) => variable(name, value)),
    ...(inside.length > 0
      ? [none("shell", `${inside.join(", ")} set: commands act as that agent of a run`)]
      : []),
  ];
}

function isOfARun(name: string): boolean {
  return variableNamed(name)?.whose === "run";
}

function variable(name: string, value: string): Finding {
  const meaning = variableNamed(name)?.meaning;
  if (meaning === undefined) return none(name, "set, and cord knows no such variable", `unset ${name}`);
  if (name !== "CORD_URL") return ok(name, `${value} (${meaning})`);
  return URL.canParse(value)
    ? ok(name, `${shownUrl(value)} (${meaning})`)
    : failed(name, `${value} is no URL`, `export ${name}=${defaultUrl}`);
}

/** Names only: the values may be secrets. */
function otherVariables(env: Surroundings["env"]): Finding[] {
  const names = Object.entries(env).flatMap(([name, value]) => (value ? [name] : []));
  const outer = names.filter((name) => isOfOuterSession(name));
  const passed = names.filter((name) => /^(?:ANTHROPIC|CLAUDE)_/.test(name) && !isOfOuterSession(name));
  return [
    ...(outer.length > 0
      ? [
          none(
            "outer agent",
            `${outer.join(", ")}: of the session around this shell, and not given to the agents of cord run`,
          ),
        ]
      : []),
    ...(passed.length > 0
      ? [none("passed on", `${passed.join(", ")}: given to the agents of cord run`)]
      : []),
    ...(["NO_COLOR", "FORCE_COLOR"] as const)
      .filter((name) => env[name])
      .map((name) => none(name, `set: ${colorWish(env) ? "colours everywhere" : "no colours"}`)),
  ];
}
