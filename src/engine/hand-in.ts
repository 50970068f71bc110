import type { AgentEvent } from "./agents/agent.ts";

/** cord's own tool, as an agent's events name it. */
export const completeTool = "cord complete";

/**
 * Tells when an agent has handed in all that it will: the calls of one message are one act, so what stands beside complete()
 * counts, whichever came first. That is when the message is written and its calls have come back; of an agent that does
 * not tell of these, when its next message begins or its turn ends.
 */
export class HandIn {
  readonly #onOver: () => void;
  readonly #calls = new Set<string>();
  #isHanding = false;
  #isWritten = false;

  constructor(onOver: () => void) {
    this.#onOver = onOver;
  }

  heard(event: AgentEvent): void {
    switch (event.type) {
      case "message":
      case "ended":
        this.#over();
        this.#calls.clear();
        return;
      case "used":
        this.#isHanding ||= event.tool === completeTool;
        if (event.id !== null) this.#calls.add(event.id);
        return;
      case "returned":
        this.#calls.delete(event.id);
        return this.#look();
      case "written":
        this.#isWritten = true;
        return this.#look();
      default:
    }
  }

  #look(): void {
    if (this.#isWritten && this.#calls.size === 0) this.#over();
  }

  #over(): void {
    if (this.#isHanding) this.#onOver();
    this.#isHanding = false;
    this.#isWritten = false;
  }
}
