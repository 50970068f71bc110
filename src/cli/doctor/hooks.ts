import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { getStaticTOMLValue, parseTOML } from "toml-eslint-parser";
import { z } from "zod";
import { codexHooks } from "../../core/hook-entries.ts";
import { clients, type Client } from "../init/clients.ts";
import { planInit } from "../init/plan.ts";
import { readRecord } from "../init/record.ts";
import { absolute } from "../init/rooted-files.ts";
import { targetsOf, type Target } from "../init/targets.ts";
import { findingsOf, type Finding, type Surroundings } from "./finding.ts";

const { ok, none } = findingsOf("hooks");

/**
 * Of each client that cord init has set up here, whether its hooks let it hear of the board and ask before it edits a file. None is a
 * failure: a tab without hooks hears with the next result of a tool.
 */
export function hookFindings({ env, home, project }: Surroundings): Finding[] {
  try {
    const root = realpathSync(project);
    const chosen = readRecord(root)?.clients ?? [];
    const context = { root, home, variables: env };
    return clients
      .filter(({ id, hooks }) => chosen.includes(id) && hooks !== undefined)
      .map((client) => {
        const wish = { clients: [client], mcp: true, agents: false, hooks: true, priced: [client.id] };
        const planned = planInit(targetsOf(context, wish), false);
        // Gemini CLI's stand in the file of its servers
        const found = planned.find(({ target }) => target.needs !== undefined) ?? planned[0];
        const isInPlace = found?.status === "same" && found.kept.length === 0;
        return found && isInPlace ? inPlace(client, found.target, context) : missing(client);
      });
  } catch {
    // what is in the way is said of the project
    return [];
  }
}

function inPlace(
  { id, title }: Client,
  target: Target,
  context: { home: string; variables: Surroundings["env"] },
): Finding {
  const trusted =
    id === "codex" || id === "codex-user" ? trustedInCodex(absolute(target.file), context) : true;
  return trusted
    ? ok(title, `hears by its hooks, and asks before it edits: ${target.shown}`)
    : none(
        title,
        `${target.shown} is in place, and Codex does not run it until its hooks are trusted`,
        "Start codex here once, and choose Trust all when it asks.",
      );
}

function missing({ id, title, hooks }: Client): Finding {
  return hooks?.price === undefined
    ? none(title, "has no hooks of cord's: it hears with the next result of a tool", "cord init")
    : none(title, `has no hooks of cord's; with them, ${hooks.price}`, `cord init --hooks ${id}`);
}

/** Codex keeps a hash of each hook that its user has trusted, by the file, the event and the place in its list. */
function trustedInCodex(
  file: string,
  { home, variables }: { home: string; variables: Surroundings["env"] },
): boolean {
  try {
    const folder = variables.CODEX_HOME || join(home, ".codex");
    const settings: unknown = getStaticTOMLValue(
      parseTOML(readFileSync(join(folder, "config.toml"), "utf8")),
    );
    const { state } = Settings.parse(settings).hooks;
    const { hooks } = HookFile.parse(JSON.parse(readFileSync(file, "utf8")));
    return Object.entries(codexHooks).every(([event, entry]) => {
      const place = hooks[event]?.findIndex((group) => isDeepStrictEqual(group, entry)) ?? -1;
      const name = event.replace(/(?<!^)[A-Z]/g, "_$&").toLowerCase();
      return Object.hasOwn(state, `${file}:${name}:${place}:0`);
    });
  } catch {
    return false;
  }
}

const Settings = z.object({ hooks: z.object({ state: z.record(z.string(), z.unknown()) }) });
const HookFile = z.object({ hooks: z.record(z.string(), z.array(z.unknown())) });
