import type { Client } from "../../client/client.ts";
import { followEvents } from "../../client/events.ts";
import { messageOf } from "../../core/error.ts";
import type { Run } from "../../core/run.ts";
import { RunModel } from "../../tui/run/model.ts";
import type { Key } from "../../tui/terminal/keys.ts";
import type { Prompt, Size } from "../../tui/terminal/screen.ts";
import { hasColor } from "../output.ts";
import { actionsOn } from "../run/acts.ts";
import { Steering } from "../run/steering.ts";
import { wallClock } from "../../system/wall-clock.ts";

/** Who is told of what happens to the page that is open, and why none could be. */
interface PagesHooks {
  onChange(): void;
  say(text: string): void;
  lend<T>(use: () => Promise<T>): Promise<T>;
}

interface Hooks {
  onChange(): void;
  /** The person goes back. */
  onLeave(): void;
  lend<T>(use: () => Promise<T>): Promise<T>;
}

/** A run that a person steps into from the dashboard: its tree and its nodes, kept up to date by its events until it is left. */
export class RunPage {
  readonly #id: string;
  readonly #model: RunModel;
  readonly #steering: Steering;
  readonly #gone = new AbortController();
  readonly #onChange: () => void;

  private constructor(
    {
      run,
      nodes,
      selected,
    }: { run: Run; nodes: ConstructorParameters<typeof RunModel>[0]["nodes"]; selected: number | null },
    client: Client,
    { onChange, onLeave, lend }: Hooks,
  ) {
    this.#id = run.id;
    this.#onChange = onChange;
    this.#model = new RunModel({ run, nodes }, wallClock());
    const hooks = { ...actionsOn(client, run.id), onChange, onLeave, lend };
    this.#steering = new Steering(this.#model, hooks, {
      color: hasColor(),
      hasKeys: true,
      first: null,
      selected,
    });
  }

  /** Reads the run, and opens it with a node selected; null: with the one that is most likely meant. */
  static async open(
    client: Client,
    { runId, number }: { runId: string; number: number | null },
    hooks: Hooks,
  ): Promise<RunPage> {
    const { run, nodes, seq } = await client.call("runs/get", { run_id: runId });
    const page = new RunPage({ run, nodes, selected: number }, client, hooks);
    void page.#follow(client, seq);
    return page;
  }

  lines(size: Size): string[] {
    return this.#steering.lines(size, null);
  }

  prompt(): Prompt | null {
    return this.#steering.prompt();
  }

  key(key: Key, size: Size): void {
    this.#steering.key(key, size);
  }

  /** What no event tells of the run, of those that were looked at again. */
  refresh(runs: readonly Run[]): void {
    const run = runs.find(({ id }) => id === this.#id);
    if (run) this.#model.refresh(run);
  }

  close(): void {
    this.#gone.abort();
    this.#steering.close();
  }

  /** A daemon that is gone for good is said here; the dashboard ends by itself then. */
  async #follow(client: Client, seq: number): Promise<void> {
    const { signal } = this.#gone;
    try {
      for await (const event of followEvents(client, { run_id: this.#id }, seq, signal)) {
        this.#model.apply(event);
        if (event.type === "run.removed")
          this.#model.notice("This run was removed: nothing is left of it but this page.");
        this.#onChange();
      }
    } catch (error) {
      if (signal.aborted) return;
      this.#model.notice(messageOf(error));
      this.#onChange();
    }
  }
}

/** The run that the person has stepped into, if any. */
export class RunPages {
  readonly #client: Client;
  readonly #hooks: PagesHooks;
  #open: RunPage | null = null;
  #isOpening = false;

  constructor(client: Client, hooks: PagesHooks) {
    this.#client = client;
    this.#hooks = hooks;
  }

  get open(): RunPage | null {
    return this.#open;
  }

  async enter(which: { runId: string; number: number | null }): Promise<void> {
    if (this.#isOpening) return;
    this.#isOpening = true;
    const { onChange, say, lend } = this.#hooks;
    try {
      this.#open = await RunPage.open(this.#client, which, { onChange, onLeave: () => this.leave(), lend });
    } catch (error) {
      say(messageOf(error));
    }
    this.#isOpening = false;
    onChange();
  }

  leave(): void {
    this.#open?.close();
    this.#open = null;
  }
}
