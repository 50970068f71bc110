import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { readSmall } from "../../../system/small-file.ts";
import { isJsonObject } from "../../../core/json.ts";
import { plain } from "../../../core/text.ts";
import type { Launch } from "../agent.ts";
import { settingsFiles } from "./project.ts";
import { claudeFolder, homeOf } from "./trust.ts";
import { completeToolName, type ToolsSeen } from "../stream-json.ts";

type Where = Pick<Launch, "cwd" | "env" | "isolate">;
/** What settings do to cord's tools. */
type Kept = "denied" | "forbidden" | "asked";

/**
 * Why Claude Code keeps cord's tools from an agent, which settings say so, and how to fix it. Null: it does not. Seen
 * with 2.1.197 and 2.1.332: a deny rule removes the tools of a connected server; a policy leaves the server out; an
 * ask rule shows only when the tool is called and denied. Claude Code does not say whose rule it is, so the settings
 * are searched for it.
 */
export function keptFrom(seen: ToolsSeen, where: Where): string | null {
  switch (seen) {
    case "toolless":
      return refusal("denied", where);
    case "absent":
      return refusal("forbidden", where);
    case "there":
      return found("asked", where) === null ? null : refusal("asked", where);
    default:
      return seen satisfies never;
  }
}

/**
 * If an organisation's managed-mcp.json lists the servers, Claude Code accepts no other and ends. Seen in 2.1.197 and
 * 2.1.332.
 */
export function refusedStart(tail: string): string | null {
  if (!tail.includes("enterprise MCP config is present")) return null;
  const { whose, fix } = unknown;
  return `Claude Code does not take the MCP server cord: ${whose} (managed-mcp.json) say which there are. ${fix}; then ${goOn}.`;
}

const goOn = 'go on with "cord run --resume"';

function refusal(kept: Kept, where: Where): string {
  const source = found(kept, where);
  const { whose, fix, what } = source ?? { ...unknown, what: byDefault[kept] };
  return `Claude Code gives its agents none of cord's tools: ${whose} ${what}. ${fix}; then ${goOn}.`;
}

/** The first of the settings that do it, those that win over others first. */
function found(kept: Kept, where: Where): (Source & { what: string }) | null {
  for (const source of sourcesFor(where)) {
    const what = whatIn(source.path, kept);
    if (what !== null) return { ...source, what };
  }
  return null;
}

interface Source {
  path: string;
  whose: string;
  fix: string;
}

const unknown = {
  whose: "policy settings of this machine or account",
  fix: "Have whoever manages Claude Code here allow the MCP server cord and its tools",
};

const byDefault: Readonly<Record<Kept, string>> = {
  denied: "deny mcp__cord",
  forbidden: "forbid the MCP server cord",
  asked: "ask before mcp__cord, and nobody can answer",
};

function sourcesFor({ cwd, env, isolate }: Where): Source[] {
  const managed = [join(managedFolder(), "managed-settings.json"), ...managedPieces()].map((path) => ({
    path,
    ...unknown,
    whose: `policy settings of this machine (${plain(path)})`,
  }));
  const projects = settingsFiles(cwd, homeOf(env)).map((path) => ({
    path,
    whose: `its project's settings (${plain(relative(cwd, path))})`,
    fix: "Take that out of them, or leave them out with --isolate",
  }));
  const own = join(claudeFolder(env), "settings.json");
  const mine = { path: own, whose: `your settings (${plain(own)})`, fix: "Take that out of them" };
  return [...managed, ...(isolate ? [] : projects), mine];
}

/**
 * Where an organisation puts its settings. Of Windows' registry and of macOS' preferences, where they can be too, nothing is read:
 * they are named as settings of the machine. Source: code.claude.com/docs/en/managed-settings; up to 2.1.74 Windows had
 * C:\ProgramData\ClaudeCode too, which is no longer read.
 */
export function managedFolder(platform: NodeJS.Platform = process.platform): string {
  switch (platform) {
    case "darwin":
      return "/Library/Application Support/ClaudeCode";
    case "win32":
      return String.raw`C:\Program Files\ClaudeCode`;
    default:
      return "/etc/claude-code";
  }
}

function managedPieces(): string[] {
  const folder = join(managedFolder(), "managed-settings.d");
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

const fileBytes = 4_194_304;

function whatIn(path: string, kept: Kept): string | null {
  const settings = settingsAt(path);
  const permissions = isJsonObject(settings["permissions"]) ? settings["permissions"] : {};
  switch (kept) {
    case "denied":
      return ruleIn("deny", permissions["deny"]);
    case "asked":
      return ruleIn("ask before", permissions["ask"]);
    case "forbidden":
      if (namesCord(settings["deniedMcpServers"])) return "forbid the MCP server cord (deniedMcpServers)";
      return Array.isArray(settings["allowedMcpServers"]) && !namesCord(settings["allowedMcpServers"])
        ? "do not allow the MCP server cord (allowedMcpServers)"
        : null;
    default:
      return kept satisfies never;
  }
}

function ruleIn(does: string, rules: unknown): string | null {
  const all: unknown[] = Array.isArray(rules) ? rules : [];
  const rule = all.find((one) => typeof one === "string" && takesComplete(one));
  return typeof rule === "string" ? `${does} ${plain(rule)}` : null;
}

/** Whether a rule is about the whole server, or about the tool that hands in results; a star matches anything. */
function takesComplete(rule: string): boolean {
  if (rule === "mcp__cord") return true;
  if (rule.length > ruleLength || !/^[\w*]+$/.test(rule)) return false;
  return new RegExp(`^${rule.replace(/\*+/g, ".*")}$`).test(completeToolName);
}

const ruleLength = 80;

/** A server may be named by its name, or by its address with stars in it. */
function namesCord(servers: unknown): boolean {
  return (
    Array.isArray(servers) &&
    servers.some(
      (server: unknown) => isJsonObject(server) && (server["serverName"] === "cord" || "serverUrl" in server),
    )
  );
}

function settingsAt(path: string): Record<string, unknown> {
  try {
    const settings: unknown = JSON.parse(readSmall(path, fileBytes) ?? "{}");
    return isJsonObject(settings) ? settings : {};
  } catch {
    return {};
  }
}
