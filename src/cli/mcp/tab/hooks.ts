import { resolve } from "node:path";
import { callOnce } from "../../../client/client.ts";
import type { Connection } from "../../../client/connection/connection.ts";
import { reservationModeIn } from "../../../client/project/tab-settings.ts";
import { editedPaths } from "../../../core/edited-paths.ts";
import { CordError } from "../../../core/error.ts";
import { hookAnswer, type HookWord } from "../../../core/hook-answer.ts";
import { hookEventOf } from "../../../core/hook-tools.ts";
import { isJsonObject } from "../../../core/json.ts";
import { limits, tabBounds } from "../../../core/limits.ts";
import type { HookEvent } from "../../../core/tab.ts";
import type { Tab } from "./tab.ts";

/** A call of one of the tools that only hooks call: they are in no list. */
export interface HookCall {
  event: HookEvent;
  arguments: Readonly<Record<string, unknown>>;
}

/** Null: the message is no such call. */
export function hookCallIn(message: unknown): HookCall | null {
  if (!isJsonObject(message) || message["method"] !== "tools/call" || !isJsonObject(message["params"]))
    return null;
  const { name, arguments: given } = message["params"];
  const event = hookEventOf(name);
  return event === null ? null : { event, arguments: isJsonObject(given) ? given : {} };
}

interface HookOptions {
  connection: Connection;
  /** null: the bridge serves no tab, but an agent of a run */
  tab: Tab | null;
  /** where the bridge was started */
  folder: string;
}

/**
 * What the calls of hooks are answered with: the client's own form of it, or "" where there is nothing to say. A turn waits for each,
 * so it takes no longer than hookMs, starts no daemon, and is "" on any trouble.
 */
export class Hooks {
  readonly #options: HookOptions;
  /** when a daemon was late */
  #lateAt = -Infinity;

  constructor(options: HookOptions) {
    this.#options = options;
  }

  async answer(call: HookCall): Promise<string> {
    const { event, arguments: given } = call;
    const { tab } = this.#options;
    if (event !== "edit" && isOfSubAgent(call)) return "";
    if (event === "prompt" || event === "tool") tab?.hooked("busy");
    if (event === "prompt" && tab?.takesWake() === true) return "";
    const word = await this.#ask(event, given);
    if (event === "stop" && (word?.block ?? null) === null) tab?.hooked("idle");
    // only Claude Code and Codex have hooks that call tools
    return word === null ? "" : hookAnswer(tab?.client?.kind === "codex" ? "codex" : "claude", event, word);
  }

  /** Null: there is nothing to ask, or no answer in time. */
  async #ask(event: HookEvent, given: HookCall["arguments"]): Promise<HookWord | null> {
    const { connection, tab, folder } = this.#options;
    // each step of a turn would take as long; an edit is asked about all the same
    if (event !== "edit" && performance.now() - this.#lateAt < pauseMs) return null;
    try {
      const about = event === "edit" ? editIn(given, folder) : {};
      if (about === null) return null;
      const isStopActive = event === "stop" && String(given["active"]) === "true";
      const input = { event, ...about, isStopActive, ...(tab === null ? {} : { tab: tab.id }) };
      return await callOnce(connection, "tabs/hook", input, tabBounds.hookMs);
    } catch (error) {
      if (error instanceof CordError && error.code === "timeout") this.#lateAt = performance.now();
      return null;
    }
  }
}

/** How long a daemon that was late is not asked what can wait. */
const pauseMs = 2000;

/** What is told is for the tab's own agent: Claude Code runs the same hooks for agents that it starts for a part of the work. */
function isOfSubAgent({ arguments: { agent } }: HookCall): boolean {
  return typeof agent === "string" && agent !== "" && !agent.startsWith("${");
}

/** The files of an edit, and what becomes of one of a reserved file. Null: it is of no file that can be told. */
function editIn(given: Readonly<Record<string, unknown>>, folder: string) {
  const { cwd } = given;
  const from = isPath(cwd) ? resolve(folder, cwd) : folder;
  const named = editedPaths(given).filter(isPath);
  const paths = named.map((path) => resolve(from, path)).filter(isPath);
  return paths.length === 0 ? null : { paths, cwd: from, mode: reservationModeIn(folder) };
}

/** What a client has no value for it may leave as it stands in the hook. */
function isPath(value: unknown): value is string {
  return (
    typeof value === "string" && value !== "" && value.length <= limits.pathLength && !value.startsWith("${")
  );
}
