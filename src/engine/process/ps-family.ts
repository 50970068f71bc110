import { marks } from "../../core/marks.ts";
import type { PsRow } from "./ps-table.ts";

/**
 * The processes of an attempt where no process adopts orphans, as macOS: whatever has lost its parent belongs to launchd there.
 * What descends from the leader is known, what is in its group, and what has the attempt's marker in an environment that ps shows.
 * What a look has known stays known, and with it all of its group: an agent's shell leads a group of its own, and what it leaves
 * in the background is still in it when the shell has ended. Not found is what loses its parent, leaves its group and hides its
 * environment between two looks.
 */
export class PsFamily {
  readonly #leader: number;
  readonly #marker: RegExp;
  /** by pid, when it started: a pid alone may be another's by now */
  #known = new Map<number, string>();

  constructor(leader: number, attempt: string) {
    this.#leader = leader;
    this.#marker = markerOf(attempt);
  }

  /** The pids of those that live by this table of all processes, without the leader's. */
  look(rows: readonly PsRow[]): number[] {
    const children = Map.groupBy(rows, ({ parent }) => parent);
    const isKnown = ({ pid, start }: PsRow) => this.#known.get(pid) === start;
    // a group's number is nobody else's while one of it lives
    const groups = new Set([this.#leader, ...rows.filter(isKnown).map(({ group }) => group)]);
    const isMarked = ({ command }: PsRow) => this.#marker.test(command) && !isDaemonCommand(command);
    const found = new Set(rows.filter((row) => isKnown(row) || groups.has(row.group) || isMarked(row)));
    const walk = (parent: number) => {
      for (const child of children.get(parent) ?? []) if (!isDaemonCommand(child.command)) found.add(child);
    };
    walk(this.#leader);
    // a set that grows while it is walked is walked to its end
    for (const { pid } of found) walk(pid);
    const others = [...found].filter(({ pid }) => pid !== this.#leader);
    this.#known = new Map(others.map(({ pid, start }) => [pid, start]));
    return others.map(({ pid }) => pid);
  }
}

/** The marker of an attempt, as ps shows an environment: NAME=value with blanks between them. */
function markerOf(attempt: string): RegExp {
  return new RegExp(`(?:^|\\s)${marks.attempt}=${RegExp.escape(attempt)}(?:\\s|$)`);
}

/** The live processes with a marker of the run whose engine is not alive, as far as ps shows environments. */
export function orphansByPs(
  rows: readonly PsRow[],
  runId: string,
  mayLive: (engine: string) => boolean,
): number[] {
  const ofRun = new RegExp(`(?:^|\\s)${marks.attempt}=${RegExp.escape(runId)}/`);
  const engine = new RegExp(`(?:^|\\s)${marks.engine}=(\\S*)`);
  return rows
    .filter(({ command }) => ofRun.test(command) && !mayLive(engine.exec(command)?.[1] ?? ""))
    .map(({ pid }) => pid);
}

/** A daemon of cord's that an agent's command has started is everybody's, and no part of the attempt. */
export function isDaemonCommand(command: string): boolean {
  return command.startsWith(`${process.execPath} `) && /\sserve\s.*--on-demand(?:\s|$)/.test(command);
}
