import { statSync, watch } from "node:fs";
import type { Client } from "../../client/client.ts";
import { messageOf } from "../../core/error.ts";
import type { TranscriptEntry } from "../../core/transcript.ts";
import { nodeName } from "../../core/words.ts";
import { agentNamed } from "../../engine/agents/agents.ts";
import { TranscriptReader } from "../../engine/agents/transcript.ts";
import { Follower } from "../../engine/process/follow.ts";
import { keptOutput, readOutput } from "../../engine/process/kept-output.ts";
import { removedSentence } from "../../core/output-removed.ts";
import type { NodePage } from "../../tui/run/node-page.ts";
import type { NodeView } from "../../tui/run/node-view.ts";
import { TranscriptLines } from "../../tui/run/transcript-lines.ts";
import { painter } from "../../tui/terminal/theme.ts";

/** Of an attempt's output, how much is read when its page is opened: of more than that the end. */
const maxReadBytes = 1024 * 1024;
/** When what was not there yet of a node at work is looked for again. */
const missingMs = 300;

/** Keeps the page of one node up to date: what the daemon knows of it, and its agent's output as it is written. */
export class NodeWatch {
  readonly #client: Client;
  readonly #runId: string;
  readonly #page: NodePage;
  readonly #onChange: () => void;
  /** what was read, and what is to be read: it is read again when that is not the same any more */
  #seen: string | null = null;
  #isReading = false;
  #isClosed = false;
  /** The output of its newest attempt is read as it comes. */
  #isFollowing = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #log: { dir: string; follower: Follower | null; leave(): void } | null = null;

  constructor(client: Client, runId: string, page: NodePage, onChange: () => void) {
    this.#client = client;
    this.#runId = runId;
    this.#page = page;
    this.#onChange = onChange;
  }

  /** Called with the node as it is whenever it is drawn: what has changed of it is read again, once at a time. */
  look(node: NodeView): void {
    const seen = [node.status, node.phase, node.running_since, node.goal].join();
    if (seen === this.#seen || this.#isReading || this.#isClosed) return;
    this.#isReading = true;
    void this.#read(node.number)
      .catch((error: unknown) => this.#page.lacksLog(messageOf(error)))
      .finally(() => {
        this.#isReading = false;
        if (this.#isClosed) return;
        this.#seen = seen;
        // an agent is at work before it is told where its output is
        if (node.running_since !== null && !this.#isFollowing) this.#lookAgain();
        this.#onChange();
      });
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#leaveLog();
  }

  #lookAgain(): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#seen = null;
      this.#onChange();
    }, missingMs);
  }

  async #read(number: number): Promise<void> {
    this.#isFollowing = false;
    const target = { run_id: this.#runId, node_id: nodeName(number) };
    this.#page.know(await this.#client.call("nodes/read", target));
    const { run, nodes } = await this.#client.call("runs/get", { run_id: this.#runId });
    const node = nodes.find((one) => one.number === number);
    if (this.#isClosed || !node) return;
    if (node.dir === null) this.#page.lacksLog("No agent has worked on it yet.");
    else if (node.dir === this.#log?.dir) this.#isFollowing = true;
    else this.#isFollowing = this.#follow(node.dir, node.agent ?? run.options.agent);
  }

  /** From here on the log of this attempt. That of an earlier one stays above it. False: there is none here. */
  #follow(dir: string, agent: string): boolean {
    this.#leaveLog();
    const found = keptOutput(dir);
    if (!("path" in found)) {
      const isRemoved = found.state === "removed";
      this.#page.lacksLog(isRemoved ? removedSentence(found.removed) : "Its log is not on this machine.");
      return false;
    }
    const reader = new TranscriptReader(agentNamed(agent));
    const lines = new TranscriptLines(painter(false));
    const hear = (line: string) => {
      for (const entry of reader.take(line)) this.#hear(entry, lines.of(entry));
    };
    if (found.state === "compressed") return this.#readWhole(dir, readOutput(found, hear));
    const { path } = found;
    const { size } = statSync(path);
    const from = Math.max(0, size - maxReadBytes);
    let isPart = from > 0;
    if (isPart) this.#page.lacksBeginning();
    const take = (line: string) => {
      // of the first line only the end was read
      if (!isPart) hear(line);
      isPart = false;
    };
    const follower = new Follower(path, take, undefined, from);
    const more = () => {
      // what was heard of the file before it was left
      if (this.#log?.follower !== follower) return;
      while (follower.read());
      this.#onChange();
    };
    const watcher = watch(path, more);
    // a folder that is deleted meanwhile has no more to tell
    watcher.on("error", () => {});
    const leave = () => {
      watcher.close();
      void follower.finish();
    };
    this.#log = { dir, follower, leave };
    while (follower.read());
    return true;
  }

  /** What is compressed does not grow any more. */
  #readWhole(dir: string, read: Promise<void>): true {
    this.#log = { dir, follower: null, leave: () => {} };
    void read
      .catch((error: unknown) => this.#page.lacksLog(messageOf(error)))
      .finally(() => this.#onChange());
    return true;
  }

  #hear(entry: TranscriptEntry, lines: readonly string[]): void {
    const isFailed = entry.type === "returned" && entry.failed;
    const tone = isFailed ? "failed" : entry.type === "said" ? null : "detail";
    for (const text of lines) this.#page.hear({ text, tone });
  }

  #leaveLog(): void {
    this.#log?.leave();
    this.#log = null;
  }
}
