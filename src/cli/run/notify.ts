import { statSync } from "node:fs";
import { join, parse } from "node:path";
import { runFolder } from "../../client/paths.ts";
import type { Event } from "../../core/event.ts";
import {
  notificationOf,
  stoppedNotification,
  type Notification,
  type NotifiedRun,
} from "../../core/notification.ts";
import type { Ending } from "../../engine/engine-options.ts";
import { plain } from "../../core/text.ts";
import { startShell, type ShellExit, type ShellProcess } from "../../engine/process/shell.ts";
import { environment } from "../../system/environment.ts";
import { terminalNotification } from "../../tui/terminal/notification.ts";
import { canRedraw } from "../output.ts";
import { wallClock } from "../../system/wall-clock.ts";

/** Milliseconds. */
interface NotifyTimes {
  /** for one run of the command */
  timeout: number;
  /** for what still runs when the run is over */
  last: number;
}

const defaultTimes: NotifyTimes = { timeout: 30_000, last: 10_000 };
const graceMs = 1_000;
const maxAtOnce = 4;
/** Of more than these that wait the newest are left out, which is said. */
const maxWaiting = 20;

interface Notified {
  /** the daemon's, where the command may answer */
  url: string;
  run: NotifiedRun & { cwd: string | null; options: { notify: string | null } };
  onNotice(text: string): void;
}

/**
 * Tells a person who does not watch what happens to a run: by the bell and a notification of the terminal, if there is
 * one, and by the command of --notify. Nothing waits for it, and what goes wrong with it is said once.
 */
export class Notifier {
  #notified: Notified | null = null;
  readonly #waiting: Notification[] = [];
  readonly #running = new Map<ShellProcess, Promise<void>>();
  readonly #times: NotifyTimes;
  #isParked = false;
  #isOver = false;
  #hasComplained = false;

  constructor(times: NotifyTimes = defaultTimes) {
    this.#times = times;
  }

  /** What is heard from now on is of this run, as it stands. */
  attach(notified: Notified): void {
    this.#notified = notified;
  }

  hear(event: Event): void {
    if (this.#notified === null) return;
    // that a parking lasts, or lasts longer, is no news
    const wasParked = this.#isParked;
    if (event.type === "run.parked" || event.type === "run.unparked")
      this.#isParked = event.type === "run.parked";
    if (event.type === "run.parked" && wasParked) return;
    const notification = notificationOf(event, this.#notified.run, wallClock());
    if (notification !== null) this.#tell(notification);
  }

  /** The run goes on no more here. What its person did themselves is no news to them. */
  stopped(ending: Ending): void {
    const why = "reason" in ending ? ending.reason : ending.how === "timeout" ? timeUp : null;
    if (why !== null && this.#notified !== null) this.#tell(stoppedNotification(this.#notified.run, why));
  }

  /** Resolves when all of it is told, or has had its time: what hangs holds nobody up for long. */
  async settled(): Promise<void> {
    const late = setTimeout(() => {
      this.#waiting.length = 0;
      this.#isOver = true;
      for (const process of this.#running.keys()) void process.end({ graceMs });
    }, this.#times.last);
    while (this.#running.size > 0) await Promise.all(this.#running.values());
    clearTimeout(late);
  }

  #tell(notification: Notification): void {
    if (canRedraw(process.stderr))
      process.stderr.write(terminalNotification(environment, "cord", notification.text));
    if (!this.#notified?.run.options.notify) return;
    if (this.#waiting.length >= maxWaiting)
      return this.#complain("too much happens at once: some of it is not told");
    this.#waiting.push(notification);
    this.#next();
  }

  #next(): void {
    const notification = this.#running.size < maxAtOnce ? this.#waiting.shift() : undefined;
    const command = this.#notified?.run.options.notify;
    if (notification === undefined || !command || this.#notified === null) return;
    const { run, url } = this.#notified;
    const dir = join(runFolder(run.id), "notify");
    const child = startShell({
      command,
      input: `${JSON.stringify(notification)}\n`,
      cwd: isFolder(run.cwd) ? run.cwd : parse(process.execPath).root,
      env: { ...environment, CORD_URL: url, ...variablesOf(notification) },
      dir,
      marker: null,
      timeoutMs: this.#times.timeout,
      graceMs,
      tail: 200,
    });
    this.#running.set(child, this.#done(child, dir));
  }

  async #done(child: ShellProcess, dir: string): Promise<void> {
    const exit = await child.exited;
    const why = failureOf(this.#isOver ? { ...exit, timedOut: true } : exit);
    this.#running.delete(child);
    if (why !== null) this.#complain(`${why}. What it printed is in ${dir}`);
    this.#next();
  }

  #complain(why: string): void {
    if (this.#hasComplained) return;
    this.#hasComplained = true;
    this.#notified?.onNotice(`--notify: ${why}. The run goes on; this is said once.`);
  }
}

const timeUp = "the time that it may take is up.";

/** What the command finds in its environment. */
function variablesOf({ event, run_id, node, text, command }: Notification) {
  return {
    CORD_EVENT: event,
    CORD_RUN: run_id,
    CORD_NODE: node ?? "",
    CORD_TEXT: command === null ? text : `${text}\n${command}`,
  };
}

function failureOf({ code, signal, timedOut, failed, output }: ShellExit): string | null {
  if (timedOut) return "the command took too long and was ended";
  if (failed !== null) return `the command could not be started: ${failed.message}`;
  if (code === 0) return null;
  const said = plain(output.trim().split("\n").at(-1) ?? "");
  return `the command ${code === null ? `was ended by ${signal}` : `exited with ${code}`}${said === "" ? "" : ` (${said})`}`;
}

function isFolder(path: string | null): path is string {
  return path !== null && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
