import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../core/error.ts";
import { systemCode } from "../../core/system-code.ts";
import { nodeNumber } from "../../core/words.ts";
import type { AgentKind, AgentEvent, Command, Launch } from "../agents/agent.ts";
import { Follower } from "./follow.ts";
import type { ProcessIdentity } from "../../system/process-identity.ts";
import { mayLive } from "../name.ts";
import type { Lifeline } from "./lifeline.ts";
import { outputFile } from "../../core/output-files.ts";
import type { OutputBegin } from "./output-file.ts";
import type { ShimReport } from "./shim.ts";
import { ShimProcess, sweepGraceMs } from "./shim-process.ts";
import { notPrepared, startFailure } from "./start-failure.ts";
import { endAll, orphans } from "./survivors.ts";
import { tailOf } from "./tail.ts";
import type { Exit } from "../verdict.ts";

/** One running attempt: a shim that leads a session of its own, the agent in it, and all that the agent starts. */
export interface AgentProcess {
  /** of the shim, and so of the process group */
  pid: number;
  identity: ProcessIdentity;
  /** Gives the running agent a message. False if it cannot be told, or not any more. */
  tell(text: string): boolean;
  /** No further message will come: the agent exits after its turn. */
  closeStdin(): void;
  /** Resolves when the agent runs; rejects with a NotStarted that says why and what now if it does not. */
  started: Promise<void>;
  /** TERM to all of it, KILL after the grace. Resolves when nothing of it is left. A shorter grace may follow. */
  end(options: { graceMs: number }): Promise<void>;
  kill(): Promise<void>;
  /**
   * Resolves when the agent has exited, what it left behind was ended, and its last event was told; even if something
   * that escaped still holds its output open. Never rejects.
   */
  exited: Promise<Exit>;
}

interface StartOptions {
  agent: AgentKind;
  launch: Launch;
  /** called in order; the last before `exited` resolves */
  onEvent: (event: AgentEvent) => void;
  /** called for each line of its output, before the events of that line */
  onLine?: () => void;
  /** called when the output's file cannot be written, with the system's code; the events come all the same */
  onUnwritable?: (code: string) => void;
  /** `cord shim`, unless a test brings its own */
  shimCommand?: string[];
  outputCapBytes?: number;
  platform?: NodeJS.Platform;
}

/**
 * Starts an agent under a shim. Throws NotStarted, or `started` rejects with it, if the program or its directory is
 * missing, the disk is full, or the command line is too long; nothing is left running then. There is no timeout here:
 * the caller may end a start that takes too long.
 */
export function startProcess(options: StartOptions): AgentProcess {
  const { agent, launch } = options;
  const command = prepare(agent, launch);
  const supervised = new Supervised(options, command);
  supervised.write(command.stdin);
  if (!command.keepStdinOpen) supervised.closeStdin();
  return supervised;
}

/**
 * Ends what a dead engine left of a run: processes with the run's marker whose engine is not alive. Usually there are
 * none, because each shim ends its own; this finds what escaped its shim or lost it, as far as the system shows it: see orphans().
 * Resolves to the pids it ended.
 */
export async function sweepOrphans(runId: string): Promise<number[]> {
  return endAll(() => orphans(runId, mayLive), sweepGraceMs);
}

/** 64 MiB of output is many times what a long session prints; a run away agent fills no disk and no memory. */
const outputCapBytes = 64 * 1024 * 1024;

function prepare(agent: AgentKind, launch: Launch): Command {
  try {
    mkdirSync(launch.dir, { recursive: true, mode: 0o700 });
    return agent.command(launch);
  } catch (error) {
    throw notPrepared(agent, launch, error);
  }
}

function startShim(
  options: StartOptions,
  command: Command,
  hooks: Pick<ConstructorParameters<typeof ShimProcess>[0], "onReport" | "onBell">,
): ShimProcess {
  const { agent, launch, shimCommand, platform } = options;
  const order = {
    dir: launch.dir,
    cwd: launch.cwd,
    attempt: attemptMarker(launch),
    vital: agent.vital,
    capBytes: options.outputCapBytes ?? outputCapBytes,
    joined: false,
    verbatim: false,
  };
  try {
    return new ShimProcess({ order, argv: command.argv, env: command.env, shimCommand, platform, ...hooks });
  } catch (error) {
    throw startFailure(agent, launch, { code: systemCode(error), message: messageOf(error) });
  }
}

class Supervised implements AgentProcess {
  readonly pid: number;
  readonly started: Promise<void>;
  readonly exited: Promise<Exit>;
  readonly #options: StartOptions;
  readonly #shim: ShimProcess;
  readonly #isRunning = Promise.withResolvers<void>();
  #identity: ProcessIdentity;
  #lifeline: Lifeline | null = null;
  #output: Follower | null = null;
  #begin: OutputBegin = { output: 0, errors: 0 };
  /** why its output cannot be followed */
  #unread: { error: unknown } | null = null;
  #reading = false;
  #stdinOpen = true;
  #over = false;
  #failed: { code: string; message: string } | null = null;
  #isCutOff = false;

  constructor(options: StartOptions, command: Command) {
    this.#options = options;
    this.#shim = startShim(options, command, {
      onReport: (report) => this.#hear(report),
      onBell: () => this.#readSoon(),
    });
    this.pid = this.#shim.pid;
    this.#identity = { pid: this.pid, startTime: "", bootId: "" };
    this.exited = this.#exit();
    this.started = this.#start();
  }

  get identity(): ProcessIdentity {
    return this.#identity;
  }

  async #start(): Promise<void> {
    this.#lifeline = await this.#shim.opened;
    void this.#giveUpOnExit();
    await this.#isRunning.promise;
  }

  async #giveUpOnExit(): Promise<void> {
    await this.exited;
    this.#isRunning.reject(this.#notStarted());
  }

  tell(text: string): boolean {
    const bytes = this.#options.agent.message(text);
    if (bytes === null || !this.#stdinOpen || this.#over) return false;
    this.write(bytes);
    return true;
  }

  /**
   * Never blocks: what the pipe does not take now is sent as the agent reads. A dead agent reads nothing, without an
   * error.
   */
  write(bytes: string): void {
    try {
      ignore(this.#shim.stdin.write(bytes));
      ignore(this.#shim.stdin.flush());
    } catch {
      this.#stdinOpen = false;
    }
  }

  closeStdin(): void {
    if (!this.#stdinOpen) return;
    this.#stdinOpen = false;
    try {
      ignore(this.#shim.stdin.end());
    } catch {
      // it is gone already
    }
  }

  async end({ graceMs }: { graceMs: number }): Promise<void> {
    if (this.#over) return;
    await this.#shim.end(graceMs);
    await this.exited;
  }

  kill(): Promise<void> {
    return this.end({ graceMs: 0 });
  }

  #hear(report: ShimReport): void {
    if ("output" in report) return this.#take(report);
    if (!("started" in report)) return;
    this.#identity = { pid: this.pid, ...report.started };
    this.#begin = report.begin;
    this.#output = this.#follow();
    if (this.#output === null) this.#lifeline?.send("end 0");
    else this.#isRunning.resolve();
  }

  #take({ output, code }: Extract<ShimReport, { output: string }>): void {
    this.#output?.insert(Buffer.from(output, "base64"));
    this.#lifeline?.send("took");
    this.#options.onUnwritable?.(code);
  }

  /** Null if there is no room for another open file. */
  #follow(): Follower | null {
    const { agent, launch, onEvent, onLine } = this.#options;
    const read = agent.reader(launch);
    try {
      const take = (line: string | null) => {
        for (const event of read(line)) onEvent(event);
      };
      const onEveryLine = (line: string) => {
        onLine?.();
        take(line);
      };
      const path = join(launch.dir, outputFile);
      return new Follower(path, onEveryLine, () => take(null), this.#begin.output);
    } catch (error) {
      this.#unread = { error };
      return null;
    }
  }

  /** A chunk a turn, so that one loud agent does not hold up the others; many bells make one reading. */
  #readSoon(): void {
    if (this.#reading || this.#over) return;
    this.#reading = true;
    setImmediate(() => {
      this.#reading = false;
      if (!this.#over && this.#output?.read() === true) this.#readSoon();
    });
  }

  async #exit(): Promise<Exit> {
    const { failed, code, signal, isCutOff } = await this.#shim.ended;
    this.#failed = failed;
    this.#isCutOff = isCutOff;
    this.#over = true;
    this.#stdinOpen = false;
    await this.#output?.finish();
    const tail = code === 0 ? "" : tailOf(this.#options.launch.dir, this.#begin);
    return { code, signal, tail, isCutOff };
  }

  #notStarted(): unknown {
    const { agent, launch } = this.#options;
    if (this.#unread !== null) return notPrepared(agent, launch, this.#unread.error);
    const failed = this.#failed ?? { code: "", message: "it ended before it ran" };
    return startFailure(agent, launch, failed, this.#isCutOff);
  }
}

function ignore(result: unknown): void {
  if (result instanceof Promise) result.catch(() => undefined);
}

function attemptMarker({ runId, node, epoch }: Launch): string {
  return `${runId}/${nodeNumber(node)}/${epoch}`;
}
