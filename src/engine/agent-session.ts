import { randomUUID } from "node:crypto";
import type { CheckReport } from "../core/check.ts";
import { goOnPrompt, promptOf } from "../core/prompt.ts";
import type { Claimed } from "./run-context.ts";

/**
 * The conversation in which an agent works at a node. It outlives a start of the agent's program. Once the model has
 * answered in it, it holds the prompt, and the next start continues it with one line. Before that it is begun anew:
 * nothing is lost, and the prompt is not paid for twice.
 */
export class AgentSession {
  readonly #node: Claimed;
  #id: string | null;
  #isBegun: boolean;
  #cutOff: string | null;
  #refusal: CheckReport | null = null;

  constructor(node: Claimed) {
    this.#node = node;
    this.#id = node.session_id;
    this.#isBegun = node.session_id !== null;
    this.#cutOff = node.brief.earlier;
  }

  get id(): string | null {
    return this.#id;
  }

  /** Whether the model has answered in it. */
  get isBegun(): boolean {
    return this.#isBegun;
  }

  /** The model has answered in it. */
  begin(): void {
    this.#isBegun = true;
  }

  /** It goes on later; why, in a sentence for the agent. */
  cutOff(why: string): void {
    this.#cutOff = why;
  }

  /** It goes on, now or later: its check did not let its result through. */
  refused(report: CheckReport): void {
    this.#refusal = report;
  }

  /** It cannot be used any more. */
  drop(): void {
    this.#isBegun = false;
  }

  /** What the next start of the program needs of it. */
  next(): { sessionId: string; resume: boolean; prompt: string; sharedPrompt: number } {
    const nonce = freshNonce();
    const { task_changed } = this.#node;
    const brief = { ...this.#node.brief, refusal: this.#refusal ?? this.#node.brief.refusal };
    if (this.#isBegun && this.#id !== null) {
      const why = { cutOff: this.#cutOff, taskChanged: task_changed, isRefused: this.#refusal !== null };
      const prompt = goOnPrompt(brief, why, nonce);
      return { sessionId: this.#id, resume: true, prompt, sharedPrompt: 0 };
    }
    this.#id = randomUUID();
    const { text, shared } = promptOf(brief, { own: nonce, shared: nonceFor(brief.needs) });
    return { sessionId: this.#id, resume: false, prompt: text, sharedPrompt: shared };
  }
}

function freshNonce(): string {
  return randomUUID().replaceAll("-", "");
}

/** Nobody knows it who does not know this, and it dies with the engine. */
const secret = freshNonce();

/**
 * The same for all that are given the same results, so that their prompts begin alike. Who has written one of them
 * cannot know it: it depends on what was written, and on the secret.
 */
function nonceFor(needs: Claimed["brief"]["needs"]): string {
  const hash = new Bun.CryptoHasher("sha256", secret);
  for (const { number, status, result } of needs)
    hash
      .update(`${number} ${status}\0`)
      .update(typeof result === "string" ? result : JSON.stringify(result ?? null))
      .update("\0");
  return hash.digest("hex").slice(0, nonceLength);
}

const nonceLength = 32;
