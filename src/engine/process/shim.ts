import { closeSync, existsSync, openSync } from "node:fs";
import { devNull } from "node:os";
import { join } from "node:path";
import { systemCode } from "../../core/system-code.ts";
import { joined } from "./joined-output.ts";
import { OutputCap } from "./output-cap.ts";
import { processIdentity } from "../../system/process-identity.ts";
import { errorFile, outputFile } from "../../core/output-files.ts";
import { contain, type Containment } from "./containment.ts";
import type { Lifeline, LifelineKind } from "./lifeline.ts";
import { ownChannel } from "./lifeline-channel.ts";
import { lifelineFd, openLifeline } from "./lifeline-socket.ts";
import { OutputFile, type OutputBegin } from "./output-file.ts";
import { endAll } from "./survivors.ts";

/**
 * The shim stands between the engine and one agent: `cord shim ORDER PROGRAM ARGUMENTS…`, with the engine's lifeline, and
 * leads the agent's session and process group. It does two things that the engine could not:
 *
 * - When the engine dies, however it dies, the lifeline ends, and the shim ends the agent and all that it started.
 * - When the agent exits, the shim ends what the agent left behind, so that nothing outlives its attempt: how it
 *   holds on to that is each system's, see contain().
 *
 * The agent's output goes through it into files of the attempt's directory: it holds the cap without holding up the agent.
 * What the disk does not take goes over the lifeline, so that the engine misses nothing of it.
 * There is one for each running agent, so this file loads little: no zod, no CordError.
 *
 * If the shim itself is killed, the engine sees that and ends the group; if both are, the next engine's sweep does.
 */
export async function runShim(argv: string[]): Promise<number> {
  const [order = "", ...program] = argv;
  return new Shim(readOrder(order)).run(program);
}

export interface ShimOrder {
  dir: string;
  cwd: string;
  /** run/node/epoch, as in the environment's marker */
  attempt: string;
  /** marks of lines that pass the cap */
  vital: readonly string[];
  capBytes: number;
  /** what the program writes to stderr goes where its output goes, as it comes, and not to a file of its own */
  joined: boolean;
  /** on Windows the arguments are the command line as it is; the program reads it in a way of its own */
  verbatim: boolean;
  lifeline: LifelineKind;
}

/** The engine's order. Throws for what it would not write: without the library that checks shapes, as this file says. */
function readOrder(text: string): ShimOrder {
  const order: unknown = JSON.parse(text);
  if (isOrder(order)) return order;
  throw new Error("cord shim is started by cord run alone: its order cannot be read.");
}

function isOrder(order: unknown): order is ShimOrder {
  if (typeof order !== "object" || order === null) return false;
  const { dir, cwd, attempt, vital, capBytes, ...how }: Partial<Record<keyof ShimOrder, unknown>> = order;
  const words = [dir, cwd, attempt, ...(Array.isArray(vital) ? vital : [null])];
  return (
    words.every((word) => typeof word === "string") &&
    typeof capBytes === "number" &&
    typeof how.joined === "boolean" &&
    typeof how.verbatim === "boolean" &&
    (how.lifeline === "socket" || how.lifeline === "channel")
  );
}

/** What the shim tells the engine, one JSON line each. */
export type ShimReport =
  /**
   * startTime and bootId identify the shim, whose pid is the group's; begin is where this start's output begins in
   * its files
   */
  | { started: { startTime: string; bootId: string }; begin: OutputBegin }
  | { failed: { code: string; message: string } }
  /**
   * a piece of the output, in base64, that the file did not take, with the system's error code; the engine answers
   * "took"
   */
  | { output: string; code: string }
  | { exited: { code: number | null; signal: string | null } };

/** Between TERM and KILL after the engine has died: agents cost money, and nobody waits for a tidy end. */
const orphanedGraceMs = 500;
/** The same for what an agent left behind, and for a TERM that somebody sends to the shim. */
const leftBehindGraceMs = 500;
const terminatedGraceMs = 3_000;

const errorCapBytes = 1024 * 1024;
/** So much of the output as goes over the lifeline at once. */
const pieceBytes = 256 * 1024;
const notStartedExit = 127;
/** How long the last report may wait for a busy engine. */
const flushMs = 1_000;

class Shim {
  readonly #order: ShimOrder;
  readonly #containment: Containment;
  /** when KILL is due, once the end has been asked for */
  #killAt: number | null = null;
  #killTimer: Timer | undefined;
  #agentExited = false;
  #readAt = 0;
  /** a piece of the output that the engine has not taken yet */
  #untaken: { resolve: () => void } | null = null;

  constructor(order: ShimOrder) {
    this.#order = order;
    this.#containment = contain(order.attempt);
  }

  async run(program: string[]): Promise<number> {
    const obey = (line: string) => this.#obey(line);
    const isChannel = this.#order.lifeline === "channel";
    const lifeline = isChannel ? ownChannel(obey) : await openLifeline(lifelineFd, obey);
    for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const)
      process.on(name, () => this.#endWithin(terminatedGraceMs));

    const started = this.#spawn(program, lifeline);
    if (started === null) {
      await lifeline.flushed();
      return notStartedExit;
    }
    const { agent, output, errors } = started;
    this.#containment.started(agent.pid);
    releaseStdin();
    void lifeline.closed.then(() => this.#endWithin(orphanedGraceMs));
    const stdoutCap = new OutputCap(this.#order.capBytes - output.from, this.#order.vital);
    const errorCap = new OutputCap(errorCapBytes - errors.from, []);
    const copied = this.#order.joined
      ? this.#copy(joined(agent.stdout, agent.stderr), output, stdoutCap, lifeline)
      : Promise.all([
          this.#copy(agent.stdout, output, stdoutCap, lifeline),
          this.#copy(agent.stderr, errors, errorCap, null),
        ]);
    const { startTime, bootId } = processIdentity(process.pid) ?? { startTime: "", bootId: "" };
    const begin = { output: output.from, errors: errors.from };
    tell(lifeline, { started: { startTime, bootId }, begin });

    const code = await agent.exited;
    this.#agentExited = true;
    await this.#endOthers(this.#graceLeft());
    await Promise.race([copied, this.#quiet()]);

    const signalName = agent.signalCode === null ? null : String(agent.signalCode);
    tell(lifeline, { exited: { code: signalName === null ? code : null, signal: signalName } });
    await Promise.race([lifeline.flushed(), Bun.sleep(flushMs)]);
    return code; // 128 + n after a signal
  }

  #spawn(program: string[], lifeline: Lifeline) {
    const { cwd, dir, verbatim } = this.#order;
    try {
      const output = new OutputFile(join(dir, outputFile), this.#order.capBytes);
      const errors = new OutputFile(join(dir, errorFile), errorCapBytes);
      if (!existsSync(cwd))
        throw Object.assign(new Error(`there is no directory ${cwd}`), { code: "ENOTDIR" });
      const agent = Bun.spawn(program, {
        cwd,
        stdio: ["inherit", "pipe", "pipe"],
        windowsHide: true,
        windowsVerbatimArguments: verbatim,
      });
      return { agent, output, errors };
    } catch (error) {
      const code = systemCode(error);
      tell(lifeline, { failed: { code, message: error instanceof Error ? error.message : String(error) } });
      return null;
    }
  }

  /** "end GRACE_MS", and "took" for each piece of the output, are the words that the engine has for a shim. */
  #obey(line: string): void {
    const [word, graceMs] = line.split(" ");
    if (word === "end") this.#endWithin(Number(graceMs));
    if (word === "took") this.#untaken?.resolve();
  }

  /** TERM now, KILL after the grace. Asked again, the earlier end holds. */
  #endWithin(graceMs: number): void {
    const killAt = performance.now() + graceMs;
    if (this.#killAt !== null && this.#killAt <= killAt) return;
    const first = this.#killAt === null;
    this.#killAt = killAt;
    // once the agent is gone, run() is already ending the others
    if (this.#agentExited) return;
    if (first && graceMs > 0) for (const pid of this.#containment.others()) this.#containment.term(pid);
    clearTimeout(this.#killTimer);
    this.#killTimer = setTimeout(() => void this.#endOthers(0), graceMs);
  }

  /** Ends all of the attempt's processes but this one. */
  #endOthers(graceMs: number): Promise<number[]> {
    return endAll(() => this.#containment.others(), graceMs, this.#containment);
  }

  #graceLeft(): number {
    if (this.#killAt === null) return leftBehindGraceMs;
    return Math.max(0, Math.min(leftBehindGraceMs, this.#killAt - performance.now()));
  }

  /** With a lifeline, the engine is told of what was written, and gets what was not. */
  async #copy(
    from: AsyncIterable<Uint8Array>,
    file: OutputFile,
    outputCap: OutputCap,
    lifeline: Lifeline | null,
  ): Promise<void> {
    const write = async (parts: Uint8Array[]) => {
      for (const part of parts) {
        const rest = file.write(part);
        if (rest.length > 0 && lifeline !== null) await this.#handOver(rest, file.trouble ?? "", lifeline);
      }
      lifeline?.ring();
    };
    for await (const chunk of from) {
      this.#readAt = performance.now();
      await write(outputCap.pass(chunk));
    }
    await write(outputCap.close());
    file.close();
  }

  /** The file is not written meanwhile, so the engine reads both in the order in which they came. */
  async #handOver(bytes: Uint8Array, code: string, lifeline: Lifeline): Promise<void> {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const taken = Promise.withResolvers<void>();
      this.#untaken = taken;
      const piece = Buffer.from(bytes.subarray(at, at + pieceBytes));
      tell(lifeline, { output: piece.toString("base64"), code });
      await Promise.race([taken.promise, lifeline.closed]);
    }
    this.#untaken = null;
  }

  /**
   * Resolves when no more output comes. Its end may never come: what escaped its session and the marker, and so could
   * not be ended, may hold the pipe for ever.
   */
  async #quiet(): Promise<void> {
    for (let round = 0; round < 40; round++) {
      const before = this.#readAt;
      await Bun.sleep(25);
      if (this.#untaken !== null) round -= 1;
      else if (this.#readAt === before) return;
    }
  }
}

function tell(lifeline: Lifeline, report: ShimReport): void {
  lifeline.send(JSON.stringify(report));
}

/**
 * Only the agent may hold its stdin: else a write to an agent that died would wait for ever, not fail. Where numbers are given anew
 * (not on Windows) the first is taken by something that never answers.
 */
function releaseStdin(): void {
  closeSync(0);
  openSync(devNull, "r");
}
