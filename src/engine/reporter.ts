import type { Client } from "../client/client.ts";
import type { Attempt, Progress } from "./attempt.ts";

type Patch = Parameters<typeof sendReport>[2][number];

interface Hooks {
  onSpent(usd: number): void;
  /** a report did not reach the daemon, and nobody waits for it */
  onTrouble(error: unknown): void;
}

/** Gathers what attempts tell, and sends it to the daemon a few times a second: what is seen there is a little late, never lost. */
export class Reporter {
  readonly #client: Client;
  readonly #runId: string;
  readonly #hooks: Hooks;
  readonly #patches = new Map<string, Patch>();
  #sending: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(client: Client, runId: string, hooks: Hooks) {
    this.#client = client;
    this.#runId = runId;
    this.#hooks = hooks;
  }

  note(attempt: Attempt, progress: Progress): void {
    Object.assign(this.#patchOf(attempt), wire(progress));
    this.#flushSoon();
  }

  end(attempt: Attempt, exit: string, reason: string | null): void {
    Object.assign(this.#patchOf(attempt), {
      ended: true,
      exit,
      reason: reason?.slice(0, longestReason) ?? null,
    });
    this.#flushSoon();
  }

  #flushSoon(): void {
    this.#timer ??= setTimeout(() => void this.flush().catch(this.#hooks.onTrouble), everyMs);
  }

  /** Sends all there is, one report at a time. */
  async flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    while (this.#sending) await this.#sending;
    if (this.#patches.size === 0) return;
    const patches = [...this.#patches.values()].slice(0, atOnce);
    for (const patch of patches) this.#patches.delete(`${patch.node_id}/${patch.epoch}`);
    this.#sending = sendReport(this.#client, this.#runId, patches)
      .then(({ spent_usd }) => this.#hooks.onSpent(spent_usd))
      .finally(() => (this.#sending = null));
    await this.#sending;
    if (this.#patches.size > 0) await this.flush();
  }

  #patchOf({ node }: Attempt): Patch {
    const key = `${node.node_id}/${node.epoch}`;
    const patch = this.#patches.get(key) ?? { node_id: node.node_id, epoch: node.epoch };
    this.#patches.set(key, patch);
    return patch;
  }
}

const everyMs = 200;
const atOnce = 256;
const longestReason = 10_000;

function sendReport(
  client: Client,
  runId: string,
  attempts: Parameters<typeof client.call<"runs/report">>[1]["attempts"],
) {
  return client.call("runs/report", { run_id: runId, attempts });
}

function wire(progress: Progress): Partial<Patch> {
  const { sessionId, inputTokens, outputTokens, denials, ...same } = progress;
  return {
    ...same,
    ...(sessionId === undefined ? {} : { session_id: sessionId }),
    ...(inputTokens === undefined ? {} : { input_tokens: inputTokens }),
    ...(outputTokens === undefined ? {} : { output_tokens: outputTokens }),
    ...(denials === undefined ? {} : { denials: denials.length }),
  };
}
