import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { repositoryAt } from "../../../client/project/repository.ts";
import { readSmall, realFolder } from "../../../system/small-file.ts";
import { upwards } from "../../../system/upwards.ts";
import { claudeHooks, claudeInboxRule } from "../../../core/hook-entries.ts";
import { isJsonObject } from "../../../core/json.ts";
import type { Demand } from "../agent.ts";

/** A file of a project that Claude Code reads, and what it wants. */
interface ProjectFile {
  path: string;
  /** null: it is there and cannot be read */
  text: string | null;
  demands: readonly string[];
}

/**
 * The files of a project that make Claude Code start programs, open connections or change its permissions, as seen
 * with 2.1.197 and 2.1.332 under `-p`:
 *
 * - settings of the folder; the newer version also reads those at the top of the work tree - `.mcp.json` of the
 * folder and of all its parents - skills, commands and agents up to the top of the repository, or of all parents
 * where there is none
 *
 * Files that ask for nothing are left out, and so is the user's home itself. Plain text, such as CLAUDE.md, is not
 * among them.
 */
export function projectFiles(cwd: string, home: string): ProjectFile[] {
  const repository = repositoryAt(cwd);
  const above = [...upwards(cwd)];
  const inside = repository === null ? above : above.slice(0, above.indexOf(repository.top) + 1);
  return [
    ...settingsFiles(cwd, home).flatMap((path) => fileAt(path, settingsDemands)),
    ...above.flatMap((folder) => (folder === home ? [] : fileAt(join(folder, ".mcp.json"), serverDemands))),
    ...inside.flatMap((folder) => (folder === home ? [] : textsIn(join(folder, ".claude")))),
  ];
}

/** Where settings of a project may be, whether or not there are any. */
export function settingsFiles(cwd: string, home: string): string[] {
  const repository = repositoryAt(cwd);
  const folders = new Set([cwd, ...(repository === null ? [] : [repository.top, repository.main])]);
  folders.delete(home);
  return [...folders].flatMap((folder) =>
    ["settings.json", "settings.local.json"].map((name) => join(folder, ".claude", name)),
  );
}

/** What files want, each by its path from the folder. */
export function demandsOf(files: readonly ProjectFile[], cwd: string): Demand[] {
  return files.flatMap(({ path, demands }) =>
    demands.map((does) => ({ file: relative(cwd, path) || path, does })),
  );
}

const fileBytes = 4_194_304;

function fileAt(path: string, demandsIn: (json: Record<string, unknown>) => string[]): ProjectFile[] {
  const text = readSmall(path, fileBytes);
  if (text === null) return isThere(path) ? [{ path, text, demands: ["cannot be read"] }] : [];
  if (text.trim() === "") return [];
  const demands = demandsOfText(text, demandsIn);
  return demands.length === 0 ? [] : [{ path, text, demands }];
}

/**
 * A file nested too deeply is not read; a file that is not JSON is one that Claude Code does not read either, or in
 * its own way.
 */
function demandsOfText(text: string, demandsIn: (json: Record<string, unknown>) => string[]): string[] {
  try {
    const json: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    return isJsonObject(json) ? demandsIn(json) : ["is no object of settings"];
  } catch {
    return ["is no JSON that can be read, so nobody knows what it does"];
  }
}

function isThere(path: string): boolean {
  return namesIn(join(path, "..")).includes(path.slice(path.lastIndexOf("/") + 1));
}

/** Settings that start nothing, reach nothing and widen nothing. Whatever else a settings file holds is asked about, known or not. */
const harmless: ReadonlySet<string> = new Set([
  "$schema",
  "alwaysThinkingEnabled",
  "attribution",
  "autoCompactEnabled",
  "autoMemoryEnabled",
  "cleanupPeriodDays",
  "companyAnnouncements",
  "deniedMcpServers",
  "disabledMcpjsonServers",
  "effortLevel",
  "enableAllProjectMcpServers",
  "enabledMcpjsonServers",
  "includeCoAuthoredBy",
  "includeGitInstructions",
  "language",
  "model",
  "outputStyle",
  "prefersReducedMotion",
  "respectGitignore",
  "showThinkingSummaries",
  "showTurnDuration",
  "spinnerTipsEnabled",
  "spinnerVerbs",
  "theme",
]);

function settingsDemands(settings: Record<string, unknown>): string[] {
  return Object.entries(settings).flatMap(([key, value]) => {
    if (harmless.has(key) || isEmpty(value)) return [];
    const demands = known.get(key);
    return demands ? demands(value) : [`${key}: ${shown(value)}`];
  });
}

const known: ReadonlyMap<string, (value: unknown) => string[]> = new Map([
  [
    "hooks",
    (hooks) =>
      fieldsOf(hooks).flatMap(([event, matchers]) =>
        commandsIn(event, matchers).map((command) => `the hook ${event} runs ${command}`),
      ),
  ],
  [
    "env",
    (env) =>
      fieldsOf(env).map(([name, value]) => `sets ${name}${isSecret(name) ? "" : ` to ${shown(value)}`}`),
  ],
  [
    "permissions",
    (permissions) =>
      fieldsOf(permissions).flatMap(([key, value]) => {
        const rules = key === "allow" && Array.isArray(value) ? value.filter(isNotCords) : value;
        return restricting.has(key) || isEmpty(rules) ? [] : [`permissions.${key}: ${shown(rules)}`];
      }),
  ],
]);

function isNotCords(rule: unknown): boolean {
  return rule !== claudeInboxRule;
}

/** Rules that only take something away. */
const restricting: ReadonlySet<string> = new Set(["deny", "ask", "disableBypassPermissionsMode"]);

function isSecret(name: string): boolean {
  return /KEY|TOKEN|SECRET|PASS|AUTH|HEADER/i.test(name);
}

/**
 * What the hooks of one event start; of one that is no command, all that it says. Those of cord init are left out: they call a server
 * named as cord's own, which in a run is that.
 */
function commandsIn(event: string, matchers: unknown): string[] {
  const others = listOf(matchers).filter((matcher) => !isDeepStrictEqual(matcher, claudeHooks[event]));
  return others.flatMap((matcher) =>
    listOf(isJsonObject(matcher) ? matcher["hooks"] : matcher).map((hook) => {
      const command = isJsonObject(hook) ? hook["command"] : null;
      return typeof command === "string" ? command : shown(hook);
    }),
  );
}

function serverDemands({ mcpServers }: Record<string, unknown>): string[] {
  // one named as cord's own is never started: that one takes its place
  const servers = fieldsOf(mcpServers).filter(([name]) => name !== "cord");
  return servers.map(([name, server]) => {
    const { command, args, url } = isJsonObject(server) ? server : {};
    if (typeof url === "string") return `gives agents the MCP server ${name} at ${url}`;
    const line = [command, ...listOf(args)].filter((part) => typeof part === "string").join(" ");
    return `starts the MCP server ${name}: ${line === "" ? shown(server) : line}`;
  });
}

/** Skills, commands and agents are texts, but for what they run when they are used, or bring along. */
function textsIn(folder: string): ProjectFile[] {
  return ["skills", "commands", "agents"].flatMap((kind) => {
    const { files, isAll } = filesUnder(join(folder, kind));
    const more = {
      path: join(folder, kind),
      text: null,
      demands: ["holds more files than cord looks through"],
    };
    return [...files.flatMap(textAt), ...(isAll ? [] : [more])];
  });
}

function textAt(path: string): ProjectFile[] {
  if (path.endsWith("/.claude-plugin/plugin.json")) return [{ path, text: null, demands: ["is a plugin"] }];
  if (!path.endsWith(".md")) return [];
  const text = readSmall(path, textBytes);
  const runs = text === null ? "cannot be read" : runsIn(text);
  return runs === null ? [] : [{ path, text, demands: [runs] }];
}

const textBytes = 262_144;

function runsIn(text: string): string | null {
  const head = /^---\r?\n([\s\S]*?)\r?\n---/.exec(text)?.[1] ?? "";
  if (/^(?:hooks|mcpServers)\s*:/m.test(head)) return "brings hooks or MCP servers of its own";
  if (/!`[^`\n]+`|^```!/m.test(text)) return "runs commands of its own when it is used";
  return /^allowed-tools\s*:/m.test(head) && head.includes("Bash") ? "lets commands run unasked" : null;
}

/** All files under a folder, up to a number: a link may lead in a circle. */
function filesUnder(folder: string): { files: string[]; isAll: boolean } {
  const folders = [folder];
  const files: string[] = [];
  for (const at of folders) {
    for (const entry of entriesIn(at)) {
      if (folders.length + files.length > maxEntries) return { files, isAll: false };
      const path = join(at, entry.name);
      if (entry.isFile()) files.push(path);
      else if (realFolder(path) === null) files.push(path);
      else folders.push(path);
    }
  }
  return { files, isAll: true };
}

const maxEntries = 1000;

function entriesIn(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function namesIn(folder: string): string[] {
  return entriesIn(folder).map(({ name }) => name);
}

/** A false is something: it may switch off what protects the user. */
function isEmpty(value: unknown): boolean {
  if (value === null || value === "") return true;
  return typeof value === "object" && Object.values(value).every(isEmpty);
}

function fieldsOf(value: unknown): [string, unknown][] {
  return isJsonObject(value) ? Object.entries(value) : isEmpty(value) ? [] : [["", value]];
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
