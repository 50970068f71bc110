import { readFileSync } from "node:fs";
import { join } from "node:path";
import { getStaticTOMLValue, parseTOML } from "toml-eslint-parser";
import { topsOf } from "../../client/project/project.ts";
import { clients, type Client, type ClientId } from "./clients.ts";
import type { InitContext } from "./targets.ts";

/**
 * Codex reads a project's .codex/config.toml only if its user trusts the project. If Codex is named for a project
 * that is not trusted, the entry goes to the user's own settings, because nobody would read the project's.
 */
export function placedForCodex(context: InitContext, named: readonly ClientId[]): readonly ClientId[] {
  if (!named.includes("codex") || codexTrusts(context)) return named;
  return clients
    .map(({ id }: Client) => id)
    .filter((id) => id !== "codex" && (named.includes(id) || id === "codex-user"));
}

function codexTrusts(context: InitContext): boolean {
  const projects = memberOf(userSettings(context), "projects");
  const { top, main } = topsOf(context.root);
  return [context.root, top, main].some(
    (folder) => memberOf(memberOf(projects, folder), "trust_level") === "trusted",
  );
}

/** What cannot be read or parsed trusts nobody. */
function userSettings({ home, variables }: InitContext): unknown {
  const folder = variables.CODEX_HOME || join(home, ".codex");
  try {
    return getStaticTOMLValue(parseTOML(readFileSync(join(folder, "config.toml"), "utf8")));
  } catch {
    return null;
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
