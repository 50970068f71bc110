import { callOnce } from "../../client/client.ts";
import type { Connection } from "../../client/connection/connection.ts";
import { sleep } from "../../client/connection/deadline.ts";
import { reservationModeIn } from "../../client/project/tab-settings.ts";
import { tabHere } from "../../client/tab-here.ts";
import { streamOver } from "../../client/connection/stream.ts";
import { editedPaths } from "../../core/edited-paths.ts";
import { isJsonObject, tryParseJson } from "../../core/json.ts";
import { limits, tabBounds } from "../../core/limits.ts";
import { hookLine } from "../../core/hook-answer.ts";
import { modelLine } from "../../core/model-line.ts";
import type { SseEvent } from "../../core/sse.ts";
import { shortened } from "../../core/text.ts";
import { printJson } from "../output.ts";
import { connectionHere } from "../../client/daemon-here.ts";
import { maxInputBytes } from "./hook-input.ts";
import { pluginLine, shortLines, type PluginLine } from "./opencode-lines.ts";
import { OpencodeState } from "./opencode-state.ts";

/**
 * `cord hook opencode-follow`, which opencode's plugin keeps open: it gives the tab's wakes to the plugin, tells the daemon what
 * opencode does, and answers before edits and after tools. It ends with its input, says nothing where anything is in the way, and
 * starts no daemon: the bridge of the same opencode, with which it is paired by their common parent, does that.
 */
export async function followForOpencode(): Promise<number> {
  const follower = new Follower(tabHere().pids);
  const end = new AbortController();
  const following = follower.stayOpen(end.signal).catch(() => {});
  for await (const line of shortLines(Bun.stdin.stream(), maxInputBytes)) {
    const said = pluginLine(line);
    if (said !== null) follower.heard(said);
  }
  end.abort();
  await following;
  return 0;
}

class Follower {
  readonly #pids: number[];
  readonly #opencode = new OpencodeState();
  #connection: Connection | null = null;
  #tab: string | null = null;
  /** What its model is to know of an edit: told after it, since before it opencode only hears that it must not be made. */
  #late: string | null = null;
  /** A wake is under way: the next prompt is that. */
  #isWaking = false;
  #isReporting = false;
  /** There is something to report once the report that is under way has come. */
  #hasMore = false;

  constructor(pids: number[]) {
    this.#pids = pids;
  }

  heard(said: PluginLine): void {
    if (said.kind === "event") {
      if (this.#opencode.heard(said.event, said.properties)) void this.#reportState();
    } else if (said.kind === "ask") void this.#answer(said);
    else void this.#woken(said.woken, said.trouble);
  }

  /** Follows the tab that the bridge has open, whenever it has. */
  async stayOpen(signal: AbortSignal): Promise<void> {
    for (let pauseMs = pause.minMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, pause.maxMs)) {
      try {
        await this.#follow(signal, () => (pauseMs = pause.minMs));
      } catch {
        // nobody is there, or no longer: looked for again
      }
      this.#tab = null;
      await sleep(pauseMs, signal).catch(() => {});
    }
  }

  async #follow(signal: AbortSignal, onOpen: () => void): Promise<void> {
    this.#connection = connectionHere();
    if (this.#connection === null) return;
    const whose = await callOnce(this.#connection, "tabs/whose", { pids: this.#pids }, callMs);
    if (whose === null) return;
    const { tab, project, folder } = whose;
    const words = new URLSearchParams({ tab, client: "opencode", wake: "plugin" });
    if (project !== null) words.set("project", project);
    if (folder !== null) words.set("folder", folder);
    const events = streamOver(this.#connection, {
      call: () => ({ method: "GET", path: `tabs?${words}` }),
      signal,
      onBreak: () => Promise.reject(new Error("It is looked for anew.")),
    });
    for await (const event of events) {
      onOpen();
      if (event.event === "tab") {
        this.#tab = tab;
        void this.#reportState();
      } else if (event.event === "wake") await this.#wake(event);
    }
  }

  async #wake({ data }: SseEvent): Promise<void> {
    const said = tryParseJson(data);
    if (!isJsonObject(said) || typeof said["wake"] !== "number" || typeof said["text"] !== "string") return;
    const { session } = this.#opencode;
    if (session === null) return this.#woken(said["wake"], "No conversation has begun in it yet.");
    this.#isWaking = true;
    await say({ wake: said["wake"], session, text: modelLine(said["text"], tabBounds.wakeBytes) });
  }

  async #woken(wake: number, trouble: string | null): Promise<void> {
    this.#isWaking = false;
    const why = trouble === null ? {} : { trouble: shortened(trouble, limits.noticeLength) };
    await this.#report({ woken: { wake, by: "plugin", isDelivered: trouble === null, ...why } });
  }

  #state(): Omit<Report, "tab"> {
    const { session, state, waitingFor } = this.#opencode;
    return {
      ...(state === null ? {} : { state, waiting_for: waitingFor }),
      ...(session === null ? {} : { conversation: session }),
    };
  }

  /** One report at a time, the next with what is newest by then: of two under way the older one may come last, and stay. */
  async #reportState(): Promise<void> {
    this.#hasMore = true;
    if (this.#isReporting) return;
    this.#isReporting = true;
    while (this.#hasMore) {
      this.#hasMore = false;
      await this.#report(this.#state());
    }
    this.#isReporting = false;
  }

  async #report(report: Omit<Report, "tab">): Promise<void> {
    if (this.#connection === null || this.#tab === null || Object.keys(report).length === 0) return;
    await callOnce(this.#connection, "tabs/report", { tab: this.#tab, ...report }, callMs).catch(() => {});
  }

  /** The plugin waits for it, and goes on without it when it is late. */
  async #answer({ ask, at, tool, args }: PluginLine & { kind: "ask" }): Promise<void> {
    const word = await this.#word(at, tool, args).catch(() => null);
    const late = at === "tool" ? this.#late : null;
    if (at === "edit" || at === "tool") this.#late = at === "edit" ? (word?.context ?? null) : null;
    const context = [late, word?.context].filter((text) => typeof text === "string").join(" ");
    await say({ answer: ask, context: hookLine(context), deny: hookLine(word?.deny ?? null) });
  }

  async #word(at: string, tool: string, args: unknown) {
    if (this.#connection === null || (at !== "prompt" && at !== "tool" && at !== "edit")) return null;
    if (at === "prompt" && this.#isWaking) return null;
    const paths = at === "edit" && editTools.test(tool) ? editedPaths(args) : [];
    if (at === "edit" && paths.length === 0) return null;
    const cwd = process.cwd();
    const edit = at === "edit" ? { paths, cwd, mode: reservationModeIn(cwd) } : {};
    const who = this.#tab === null ? { pids: this.#pids } : { tab: this.#tab };
    return callOnce(this.#connection, "tabs/hook", { ...who, event: at, ...edit }, tabBounds.hookMs);
  }
}

type Report = Parameters<typeof callOnce<"tabs/report">>[2];

/** A reader that is gone ends this by its input. */
async function say(line: object): Promise<void> {
  await printJson(line).catch(() => {});
}

const editTools = /^(?:write|edit|multiedit|patch|apply_patch)$/;
/** between looks for a tab, which opens a moment after the plugin is loaded */
const pause = { minMs: 250, maxMs: 5000 };
const callMs = 3000;
