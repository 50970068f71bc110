import { isJsonObject } from "../../core/json.ts";
import type { TabState } from "../../core/tab.ts";

/** What an opencode does, by its events. */
export class OpencodeState {
  /** the conversation that its person sees */
  session: string | null = null;
  state: TabState | null = null;
  waitingFor: string | null = null;
  /** conversations of sub-agents, which nobody sees */
  readonly #inner = new Set<string>();

  /** Whether the event has changed anything. */
  heard(event: string, properties: Readonly<Record<string, unknown>>): boolean {
    const before = [this.session, this.state, this.waitingFor].join();
    const info = isJsonObject(properties["info"]) ? properties["info"] : {};
    const id = nameIn(info["id"]);
    if (event === "session.created" && id !== null) this.#created(id, nameIn(info["parentID"]));
    else if (event === "session.deleted" && id !== null && id === this.session) this.session = null;
    else if (event === "session.status") this.#status(nameIn(properties["sessionID"]), properties["status"]);
    else if (asks.test(event))
      this.#is("waiting", event.startsWith("question") ? "an answer" : "a permission");
    else if (answers.test(event)) this.#is("busy");
    return before !== [this.session, this.state, this.waitingFor].join();
  }

  #created(id: string, parent: string | null): void {
    if (parent === null) this.session = id;
    else if (this.#inner.size < maxInner) this.#inner.add(id);
  }

  #status(id: string | null, status: unknown): void {
    if (id === null || this.#inner.has(id) || !isJsonObject(status)) return;
    this.session = id;
    this.#is(status["type"] === "idle" ? "idle" : "busy");
  }

  #is(state: TabState, waitingFor: string | null = null): void {
    [this.state, this.waitingFor] = [state, waitingFor];
  }
}

const asks = /^(?:permission\.(?:asked|updated)|question\.asked)$/;
const answers = /^(?:permission\.replied|question\.(?:replied|rejected))$/;
const maxInner = 10_000;
const maxName = 200;

function nameIn(value: unknown): string | null {
  return typeof value === "string" && value !== "" && value.length <= maxName ? value : null;
}
