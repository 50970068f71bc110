import { callOnce, type Input } from "../../../client/client.ts";
import type { Connection } from "../../../client/connection/connection.ts";
import { sleep } from "../../../client/connection/deadline.ts";
import { streamOver } from "../../../client/connection/stream.ts";
import { isNowhere, topsOf } from "../../../client/project/project.ts";
import { realFolder } from "../../../system/small-file.ts";
import { defaultTabSettings, tabSettings, type TabSettings } from "../../../client/project/tab-settings.ts";
import type { Environment } from "../../../core/environment.ts";
import { CordError, messageOf } from "../../../core/error.ts";
import { isJsonObject, tryParseJson } from "../../../core/json.ts";
import { limits, tabBounds } from "../../../core/limits.ts";
import { modelLine } from "../../../core/model-line.ts";
import type { SseEvent } from "../../../core/sse.ts";
import type { TabState } from "../../../core/tab.ts";
import { shortened } from "../../../core/text.ts";
import { tell } from "../../output.ts";
import { clientIn, type TabClient } from "./client.ts";
import type { TabFacts, WakeOutcome } from "./link.ts";

interface TabOptions {
  /** Its own: unlike that of the session it starts a daemon only after one that was killed. */
  connection: Connection;
  env: Environment;
  /** the process that started the bridge */
  parent: number;
  /** where the bridge was started */
  folder: string;
  /** Throws for a config that is wrong. */
  project: () => string;
  /** Resolves once the client has said where it works, or has had the time to. */
  located: () => Promise<void>;
}

/**
 * The tab that the bridge serves. While the client lives it is open with the daemon, which says when it is to be woken: the
 * bridge does that, because only a process of the client's own may. Nothing of it keeps a call of the client waiting for more
 * than a moment, and a daemon that is away, slow or somebody else's is no trouble here.
 */
export class Tab {
  readonly id = crypto.randomUUID();
  readonly #options: TabOptions;
  readonly #gone = new AbortController();
  readonly #introduced = Promise.withResolvers<void>();
  #client: TabClient | null = null;
  #handle: string | null = null;
  #opening: Promise<void> | null = null;
  /** ends the stream that is open, so that another is asked for */
  #reopen = new AbortController();
  /** what the daemon was last told; a fact that is missing may not have come to it */
  #told: { place: string; facts: Partial<TabFacts> } | null = null;
  /** the daemon has opened the tab: what it is told before that it refuses, or opens over */
  #isOpen = false;
  #isReporting = false;
  /** resolves a pause before it is told once more */
  #tellAgain: () => void = () => {};
  /** wakes whose prompt the client has yet to take, by their numbers */
  readonly #underWay = new Set<number>();
  /** resolves a pause before the daemon is looked for again */
  #lookAgain: () => void = () => {};
  #complaint = "";

  constructor(options: TabOptions) {
    this.#options = options;
    // whoever starts a client may say who it is
    this.#handle = givenHandle(options.env);
  }

  get client(): TabClient | null {
    return this.#client;
  }

  /** Which conversation of the client's its calls come from, as a header has it; null: it does not say. */
  get conversation(): string | null {
    const conversation = this.#client?.link.facts().conversation ?? null;
    return conversation === null ? null : encodeURIComponent(conversation);
  }

  /** Reads what a message of the client says of it. */
  heard(message: unknown): void {
    this.#client ??= clientIn(message, this.#options.env, this.#options.parent);
    this.#client?.link.heard(message);
  }

  /** A hook of the client has told what it does. */
  hooked(state: TabState): void {
    this.#client?.link.hooked(state);
  }

  /** Whether the prompt that the client takes is a wake of the bridge's: what there is to say stands in it. The next is its person's. */
  takesWake(): boolean {
    const isWake = this.#underWay.size > 0;
    this.#underWay.clear();
    return isWake;
  }

  /** A daemon has answered the client: from now on the tab is open with it. */
  answered(): void {
    this.#lookAgain();
    if (this.#client === null || this.#gone.signal.aborted) return;
    if (this.#opening === null) this.#opening = this.#stayOpen(this.#client);
    else if (this.#told !== null && this.#told.place !== (this.#place() ?? this.#told.place))
      this.#reopen.abort();
  }

  /** Resolves once the daemon knows the tab, or has had the time to: a call names it. */
  async settled(): Promise<void> {
    if (this.#opening !== null) await this.#introduced.promise;
  }

  end(): void {
    this.#gone.abort();
    this.#introduced.resolve();
  }

  async #stayOpen(client: TabClient): Promise<void> {
    const { signal } = this.#gone;
    setTimeout(this.#introduced.resolve, introducedMs).unref();
    client.link.onChange(() => void this.#report(client), signal);
    await this.#options.located();
    while (!signal.aborted) {
      this.#reopen = new AbortController();
      try {
        // with a config that is wrong, all of its calls are refused too
        if (this.#place() === null) throw new CordError("usage", "its project is not known.");
        await this.#follow(client, AbortSignal.any([signal, this.#reopen.signal]));
      } catch (error) {
        if (signal.aborted) return;
        // such as a daemon that is older than tabs, and may be replaced
        this.#complain(`this tab is told at its next call, and is not woken: ${messageOf(error)}`);
        this.#introduced.resolve();
        await sleep(refusedMs, signal).catch(() => {});
      }
    }
  }

  /** Until the signal ends it, over daemons that go and come. Throws what refuses it. */
  async #follow(client: TabClient, signal: AbortSignal): Promise<void> {
    const { connection } = this.#options;
    const events = streamOver(connection, {
      call: () => ({ method: "GET", path: `tabs?${this.#hello(client)}` }),
      signal,
      onBreak: (loss) => {
        this.#isOpen = false;
        return this.#findAgain(loss, signal);
      },
    });
    for await (const event of events) this.#hear(client, event);
  }

  /** A daemon that ended stays away until somebody needs it. */
  async #findAgain(loss: unknown, signal: AbortSignal): Promise<void> {
    let why = loss;
    for (let pauseMs = lookMs.min; !signal.aborted; pauseMs = Math.min(pauseMs * 2, lookMs.max)) {
      try {
        return await this.#options.connection.find(why);
      } catch {
        why = null;
      }
      const asked = new Promise<void>((resolve) => (this.#lookAgain = resolve));
      await Promise.race([asked, sleep(pauseMs, signal)]);
    }
  }

  /** Where the tab is, and what its person wants of it: with another of these it is opened anew. */
  #place(): string | null {
    const { isWoken, reservations } = this.#settings();
    const project = this.#project();
    if (project === null) return null;
    const folder = this.#folder(project);
    const said = { project, wakes: isWoken ? "on" : "off", reservations };
    return new URLSearchParams({ ...said, ...(folder === null ? {} : { folder }) }).toString();
  }

  #hello({ kind, version, link }: TabClient): string {
    const place = this.#place() ?? this.#told?.place ?? "";
    const facts = link.facts();
    // a tab that comes back has its handle; what its client shows by now is said after that
    const shownName = this.#handle === null ? facts.shownName : (this.#told?.facts.shownName ?? null);
    this.#isOpen = false;
    this.#told = { place, facts: { ...facts, shownName } };
    const said: Readonly<Record<string, string | number | null>> = {
      tab: this.id,
      handle: this.#handle,
      is_chosen: this.#handle !== null && this.#handle === this.#options.env.CORD_AGENT ? "true" : null,
      client: kind,
      client_version: version,
      pid: link.pid,
      shown_name: shownName,
      conversation: facts.conversation,
      state: facts.state,
      waiting_for: facts.waitingFor,
      wake: facts.wake,
    };
    const words = new URLSearchParams(place);
    for (const [name, value] of Object.entries(said)) if (value !== null) words.set(name, String(value));
    return words.toString();
  }

  #hear(client: TabClient, { event, data }: SseEvent): void {
    const said = tryParseJson(data);
    if (!isJsonObject(said)) return;
    if (event === "tab" && typeof said["handle"] === "string") {
      this.#handle = said["handle"].slice(0, limits.agentLength);
      this.#introduced.resolve();
      this.#isOpen = true;
      this.#tellAgain();
      void this.#report(client);
    } else if (event === "wake" && typeof said["wake"] === "number" && typeof said["text"] === "string")
      void this.#wake(client, { wake: said["wake"], text: said["text"], isUrgent: said["urgent"] === true });
  }

  async #wake(
    client: TabClient,
    { wake, text, isUrgent }: { wake: number; text: string; isUrgent: boolean },
  ): Promise<void> {
    this.#underWay.add(wake);
    const outcome = await this.#woken(client, text, isUrgent);
    // its hooks run after it has said that it is at work, if it has any
    setTimeout(() => this.#underWay.delete(wake), outcome.isDelivered ? hooksMs : 0).unref();
    const { trouble } = outcome;
    const woken = {
      wake,
      ...outcome,
      ...(trouble === undefined ? {} : { trouble: shortened(trouble, limits.noticeLength) }),
    };
    await this.#tell({ woken });
  }

  async #woken({ link }: TabClient, text: string, isUrgent: boolean): Promise<WakeOutcome> {
    if (!this.#settings().isWoken) return { by: "none", isDelivered: false, trouble: isOff };
    const line = modelLine(text, tabBounds.wakeBytes);
    if (line === "") return { by: "none", isDelivered: false, trouble: "There is nothing to say." };
    return link.wake(line, isUrgent, this.#gone.signal);
  }

  /**
   * Tells the daemon what has changed since it was told; one report at a time, the next with what is newest by then. What it may not have
   * heard it is told again, for as long as it has the tab open: a state that it has wrong would stand until the next one.
   */
  async #report({ link }: TabClient): Promise<void> {
    if (this.#isReporting) return;
    const { signal } = this.#gone;
    this.#isReporting = true;
    try {
      for (let pauseMs = lookMs.min; this.#isOpen && this.#told !== null && !signal.aborted;) {
        const facts = link.facts();
        const changed = changesIn(this.#told.facts, facts);
        if (Object.keys(changed).length === 0) return;
        this.#told = { ...this.#told, facts };
        if (await this.#tell(changed)) {
          pauseMs = lookMs.min;
          continue;
        }
        // a report that was late may have been heard all the same; a name is told only when it is another
        const named = changed.shown_name === undefined ? { shownName: facts.shownName } : {};
        this.#told = { ...this.#told, facts: named };
        const asked = new Promise<void>((resolve) => (this.#tellAgain = resolve));
        await Promise.race([asked, sleep(pauseMs, signal).catch(() => {})]);
        pauseMs = Math.min(pauseMs * 2, lookMs.max);
      }
    } finally {
      this.#isReporting = false;
    }
  }

  /** Whether the daemon has heard it. */
  async #tell(report: Omit<Input<"tabs/report">, "tab">): Promise<boolean> {
    try {
      await callOnce(this.#options.connection, "tabs/report", { tab: this.id, ...report }, reportMs);
      return true;
    } catch {
      return false;
    }
  }

  /** The top of the checkout that the client works in. Null: that is not known of an editor that has several. */
  #folder(project: string): string | null {
    const { folder } = this.#options;
    return isNowhere(folder) ? realFolder(project) : topsOf(folder).top;
  }

  #project(): string | null {
    try {
      return this.#options.project();
    } catch {
      return null;
    }
  }

  #settings(): TabSettings {
    try {
      const { folder } = this.#options;
      const project = this.#project();
      return tabSettings((project === null ? null : this.#folder(project)) ?? folder);
    } catch (error) {
      this.#complain(messageOf(error));
      return defaultTabSettings;
    }
  }

  /** The same is said once. */
  #complain(about: string): void {
    if (about === this.#complaint) return;
    this.#complaint = about;
    tell(`cord mcp: ${about}`);
  }
}

/** Null where nobody said it, or what no agent may be called: the tab is given a handle then. */
function givenHandle({ CORD_AGENT: given = "" }: Environment): string | null {
  return given === "" || given.length > limits.agentLength ? null : given;
}

/** What a report says of facts that are others than those that were told. A state is told with what it waits for. */
function changesIn(before: Partial<TabFacts>, now: TabFacts): Omit<Input<"tabs/report">, "tab"> {
  const isOtherState = before.state !== now.state || before.waitingFor !== now.waitingFor;
  return {
    ...(isOtherState && now.state !== null ? { state: now.state, waiting_for: now.waitingFor } : {}),
    ...(before.shownName !== now.shownName && now.shownName !== null ? { shown_name: now.shownName } : {}),
    ...(before.conversation !== now.conversation && now.conversation !== null
      ? { conversation: now.conversation }
      : {}),
    ...(before.wake === now.wake ? {} : { wake: now.wake }),
  };
}

/** A first call is held back no longer for a daemon that does not know tabs. */
const introducedMs = 1000;
const reportMs = 3000;
/** from a client's taking of a wake to its hook at that prompt */
const hooksMs = 2000;
/** between looks for a daemon that has ended */
const lookMs = { min: 250, max: 5000 };
/** before a daemon that refuses tabs is asked again: it may be another by then */
const refusedMs = 30_000;
const isOff = "The project's .cord/config.toml says that its tabs are not to be woken.";
