import type { AgentEvent } from "./agents/agent.ts";

/** cord's own tool, as an agent's events name it. */
export const completeTool = "cord complete";
const cordsTools = "cord ";

/** How many times an agent may fix, in its next message, what was refused beside complete(). */
const maxFixes = 3;

/**
 * Tells when an agent can add nothing more to what it handed in. The calls of one message are one act: all calls
 * beside complete() count, in any order. So the hand-in is over when the message is written and its calls have
 * returned. For an agent that does not report these, it is over when its next message begins or its turn ends. If
 * another call of cord's in that message was refused, such as a create(), the result relied on it: the agent gets the
 * refusal, and its next message counts too.
 */
export class HandIn {
  readonly #onOver: () => void;
  readonly #calls = new Set<string>();
  /** those of them that are cord's, but for complete() */
  readonly #others = new Set<string>();
  #isHanding = false;
  #isWritten = false;
  #isRefused = false;
  #isFixing = false;
  #fixes = 0;

  constructor(onOver: () => void) {
    this.#onOver = onOver;
  }

  /** Whether a hand-in is held open until the agent has fixed what was refused beside it. */
  get isOpen(): boolean {
    return this.#isHanding && (this.#isRefused || this.#isFixing);
  }

  heard(event: AgentEvent): void {
    switch (event.type) {
      case "message":
        return this.#begun();
      case "ended":
        this.#over();
        return this.#forget();
      case "used":
        this.#isHanding ||= event.tool === completeTool;
        if (event.id === null) return;
        this.#calls.add(event.id);
        if (event.tool.startsWith(cordsTools) && event.tool !== completeTool) this.#others.add(event.id);
        return;
      case "returned":
        this.#calls.delete(event.id);
        this.#isRefused ||= event.failed && this.#others.has(event.id);
        return this.#look();
      case "written":
        this.#isWritten = true;
        return this.#look();
      default:
    }
  }

  #begun(): void {
    const fixes = this.#isHanding && this.#isRefused && this.#fixes < maxFixes;
    if (!fixes) this.#over();
    this.#forget();
    this.#isFixing = fixes;
    if (fixes) this.#fixes += 1;
  }

  #forget(): void {
    this.#calls.clear();
    this.#others.clear();
    this.#isWritten = this.#isRefused = this.#isFixing = false;
  }

  #look(): void {
    if (!this.#isWritten || this.#calls.size > 0) return;
    if (!this.#isRefused || this.#fixes === maxFixes) this.#over();
  }

  #over(): void {
    if (this.#isHanding) this.#onOver();
    this.#isHanding = this.#isWritten = this.#isFixing = false;
  }
}
