import type { Client, Input } from "../client/client.ts";
import { isAwayOrDiskTrouble } from "../client/connection/retry.ts";
import { CordError, messageOf } from "../core/error.ts";
import { limits } from "../core/limits.ts";
import type { RunSpent } from "../core/run-limits.ts";
import type { AttemptExit } from "../core/words.ts";
import type { Attempt } from "./attempt.ts";
import type { Progress } from "./run-context.ts";

type Patch = Input<"runs/report">["attempts"][number];

interface Hooks {
  /** isWorkOver: what is left is kept for syntheses */
  onSpent(spent: RunSpent, isWorkOver: boolean): void;
  /** a report was refused, or did not reach the daemon yet */
  onTrouble(error: unknown): void;
}

/**
 * Collects what attempts report, and sends it to the daemon a few times a second. What cannot be sent now is kept,
 * and sent later together with what is newer. What the daemon refuses is dropped, for that attempt alone.
 */
export class Reporter {
  readonly #client: Client;
  readonly #runId: string;
  readonly #hooks: Hooks;
  readonly #signal: AbortSignal;
  readonly #patches = new Map<string, Patch>();
  #sending: Promise<boolean> | null = null;
  #timer: NodeJS.Timeout | null = null;

  /** Once the signal is aborted nothing is sent any more. */
  constructor(client: Client, runId: string, signal: AbortSignal, hooks: Hooks) {
    this.#client = client;
    this.#runId = runId;
    this.#signal = signal;
    this.#hooks = hooks;
  }

  note(attempt: Attempt, progress: Progress): void {
    Object.assign(this.#patchOf(attempt), wire(progress));
    this.#flushIn(everyMs);
  }

  end(attempt: Attempt, exit: AttemptExit, reason: string | null): void {
    Object.assign(this.#patchOf(attempt), {
      ended: true,
      exit,
      reason: reason?.slice(0, limits.reasonLength) ?? null,
    });
    this.#flushIn(everyMs);
  }

  #flushIn(ms: number): void {
    this.#timer ??= setTimeout(() => void this.flush(), ms);
  }

  /** Sends all there is, one report at a time. False when the daemon cannot take it now. Never rejects. */
  async flush(): Promise<boolean> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    while (this.#sending) await this.#sending;
    while (this.#patches.size > 0) {
      const patches = [...this.#patches.values()].slice(0, atOnce);
      for (const patch of patches) this.#patches.delete(keyOf(patch));
      this.#sending = this.#send(patches).finally(() => (this.#sending = null));
      if (!(await this.#sending)) return false;
    }
    return true;
  }

  /** What is refused among many is found by halves. */
  async #send(patches: readonly Patch[]): Promise<boolean> {
    try {
      const { spent_usd, spent_tokens, work_over } = await sendReport(
        this.#client,
        this.#runId,
        [...patches],
        this.#signal,
      );
      this.#hooks.onSpent({ usd: spent_usd, tokens: spent_tokens }, work_over);
      return true;
    } catch (error) {
      if (this.#signal.aborted || isAwayOrDiskTrouble(error)) return this.#keep(patches, error);
      const [first] = patches;
      if (first === undefined || patches.length === 1) {
        const refused = `What ${first?.node_id} does was not taken into the run's account: ${messageOf(error)}`;
        this.#hooks.onTrouble(new CordError("failed", refused));
        return true;
      }
      const half = Math.ceil(patches.length / 2);
      const taken = await this.#send(patches.slice(0, half));
      return (await this.#send(patches.slice(half))) && taken;
    }
  }

  #keep(patches: readonly Patch[], trouble: unknown): false {
    for (const patch of patches)
      this.#patches.set(keyOf(patch), { ...patch, ...this.#patches.get(keyOf(patch)) });
    this.#hooks.onTrouble(trouble);
    if (!this.#signal.aborted) this.#flushIn(retryMs);
    return false;
  }

  #patchOf({ node: { node_id, epoch } }: Attempt): Patch {
    const key = keyOf({ node_id, epoch });
    const patch = this.#patches.get(key) ?? { node_id, epoch };
    this.#patches.set(key, patch);
    return patch;
  }
}

const everyMs = 200;
const retryMs = 2000;
const atOnce = 256;

function keyOf({ node_id, epoch }: { node_id: string | number; epoch: number }): string {
  return `${node_id}/${epoch}`;
}

function sendReport(client: Client, runId: string, attempts: Patch[], signal: AbortSignal) {
  return client.call("runs/report", { run_id: runId, attempts }, signal);
}

/** As the daemon takes it, whatever an agent's output held. */
function wire(progress: Progress): Partial<Patch> {
  const { sessionId, usd, inputTokens, cachedTokens, outputTokens, denials, activity, notice, ...same } =
    progress;
  return {
    ...same,
    ...(activity === undefined ? {} : { activity: activity?.slice(0, limits.noticeLength) ?? null }),
    ...(notice === undefined ? {} : { notice: notice?.slice(0, limits.noticeLength) ?? null }),
    ...(sessionId === undefined ? {} : { session_id: sessionId }),
    ...(isAmount(usd) ? { usd } : {}),
    ...(isAmount(inputTokens) ? { input_tokens: Math.round(inputTokens) } : {}),
    ...(isAmount(cachedTokens) ? { cached_tokens: Math.round(cachedTokens) } : {}),
    ...(isAmount(outputTokens) ? { output_tokens: Math.round(outputTokens) } : {}),
    ...(denials === undefined ? {} : { denials: denials.length, denied: counted(denials) }),
  };
}

/** How often each tool was denied, for the first few tools. */
function counted(tools: readonly string[]): Record<string, number> {
  const names = tools.map((tool) => tool.slice(0, limits.agentLength));
  const known = new Set([...new Set(names)].slice(0, limits.deniedTools));
  const times = new Map<string, number>();
  for (const name of names) if (known.has(name)) times.set(name, (times.get(name) ?? 0) + 1);
  return Object.fromEntries(times);
}

function isAmount(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value >= 0;
}
