import { isNowhere, projectNamed, whereabouts, type Whereabouts } from "../../client/project/project.ts";
import { isJsonObject } from "../../core/json.ts";
import { ownBoard } from "../../core/project.ts";
import { readRoots, type Roots } from "./roots.ts";

interface ClientProjectOptions {
  /** where the bridge was started */
  folder: string;
  /** the project that its flag or its environment names */
  given: string | undefined;
  /** a line to the client */
  output: (line: string) => void;
}

/**
 * The project of the bridge's client. A bridge that was started in a project uses that one, or the one that was
 * named. A bridge that was started elsewhere, as by an editor for all of its windows, asks the client for its
 * folders, and again when the client says that they changed. If none is a project it uses the named project, else the
 * folder it was started in; in the home folder or the root of the disk it uses the user's own board.
 */
export class ClientProject {
  readonly #options: ClientProjectOptions;
  readonly #isNowhere: boolean;
  #here: Whereabouts | null = null;
  #named: string | null = null;
  #offersRoots = false;
  #asked = 0;
  #answered: PromiseWithResolvers<void> | null = null;
  #roots: Roots | null = null;
  /** what it was when the client's agent last heard of it */
  #known: string | null = null;

  constructor(options: ClientProjectOptions) {
    this.#options = options;
    this.#isNowhere = isNowhere(options.folder);
  }

  /** The project as it is known now. Throws `usage` for a config, or a name, that is wrong. */
  get project(): string {
    const { folder, given } = this.#options;
    const asked = this.#isOutside() ? this.#roots?.project : null;
    if (asked) return asked;
    return given ? (this.#named ??= projectNamed(given, folder)) : this.#found().project;
  }

  /**
   * Reads what a message of the client says about it. True: the message answers a question of the bridge, and nobody
   * else needs it.
   */
  heard(message: unknown): boolean {
    if (!isJsonObject(message)) return false;
    const { id, method } = message;
    if (method === undefined && ("result" in message || "error" in message)) {
      if (id === this.#question) this.#take(message["result"]);
      return true;
    }
    if (method === "initialize") this.#begin(message["params"]);
    const isNews = method === "notifications/initialized" || method === "notifications/roots/list_changed";
    if (isNews && this.#offersRoots && this.#isOutside()) this.#ask();
    return false;
  }

  /** Resolves once the client has said where it works, or has had the time to. */
  async settled(): Promise<void> {
    await this.#answered?.promise;
  }

  /** What the client's agent should know of its project and was not told yet; telling it is the caller's affair. */
  takeNotice(): string | null {
    const { project } = this;
    const before = this.#known;
    this.#known = project;
    if (project === before) return null;
    if (project === ownBoard) return ownBoardNotice;
    const chosen = this.#isOutside() ? (this.#roots?.notice ?? null) : null;
    if (before === null || chosen !== null) return chosen;
    return `This tab is in the project ${JSON.stringify(project)} now.`;
  }

  /** It was not told after all. */
  untold(): void {
    this.#known = null;
  }

  /** It was started in no repository, and in no folder that a config names; one whose config is wrong has one. */
  #isOutside(): boolean {
    try {
      return this.#isNowhere || this.#found().kind === "folder";
    } catch {
      return false;
    }
  }

  /** A folder stays what it is, also when it is renamed meanwhile. */
  #found(): Whereabouts {
    return (this.#here ??= whereabouts(this.#options.folder));
  }

  #begin(params: unknown): void {
    const capabilities = isJsonObject(params) ? params["capabilities"] : null;
    this.#offersRoots = isJsonObject(capabilities) && isJsonObject(capabilities["roots"]);
    this.#roots = null;
    this.#known = null;
    this.#answered = null;
  }

  get #question(): string {
    return `cord-roots-${this.#asked}`;
  }

  #ask(): void {
    this.#asked += 1;
    const answered = Promise.withResolvers<void>();
    this.#answered?.resolve();
    this.#answered = answered;
    setTimeout(answered.resolve, answerWithinMs).unref();
    this.#options.output(JSON.stringify({ jsonrpc: "2.0", id: this.#question, method: "roots/list" }));
  }

  #take(result: unknown): void {
    this.#roots = readRoots(result);
    this.#answered?.resolve();
  }
}

/** A call is held back no longer for an answer that may never come. */
const answerWithinMs = 1000;

const ownBoardNotice =
  "This tab is in no project, so this is the user's own board: what is posted here is seen in every project, and what belongs to a project is not seen here. To be in one, start cord mcp in its folder, or give it --project (CORD_PROJECT).";
