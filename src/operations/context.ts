import type { About } from "../core/about.ts";
import type { Event } from "../core/event.ts";
import type { PushSecrets } from "../core/push-config.ts";
import type { ResultSchema, ReturnType } from "../core/result.ts";
import type { Moment } from "../core/moment.ts";
import type { DeliveryWay, Heard } from "../core/tab.ts";
import type { Task } from "../core/task.ts";
import type { Caller } from "../core/tree.ts";
import type { Bus } from "../core/bus.ts";
import { answerTo, keepAnswer } from "../store/tables/requests.ts";
import type { ArchivePart } from "../store/tables/archives.ts";
import type { InboxRow, NewInboxRow } from "../store/tables/inbox.ts";
import type { PushKey } from "../store/tables/push-configs.ts";
import type { Store, Tx } from "../store/store.ts";
import type { Files } from "./files/disk.ts";
import type { TabControl } from "./tabs/control.ts";

/** The daemon itself: what it is, and how it is told to go. */
export interface DaemonControl {
  about(): About;
  /** Writes a whole copy of the database into a file, within `withinMs`. Resolves to its size in bytes. */
  backUp(file: string, replace: boolean, withinMs: number): Promise<number>;
  /** `successor`: the version of the daemon that takes its place; null: none is known. */
  stop(successor: string | null): void;
}

/** Who is there, beside those whose heartbeats say so: agents with a call, or a session, open. */
export interface Presence {
  /** A call of an agent's is held open, until the returned function is called. */
  hold(agent: string): () => void;
  isHeld(agent: string): boolean;
  /** Calls back with an agent whose last call that was held open has ended. */
  onFree(onFree: (agent: string) => void): void;
  /** Whether an agent has a call or a session open; also while its daemon is so young that none can have come back to it. */
  isOpen(agent: string): boolean;
  /** An agent has gone that was there: it is not taken for one that has yet to come back. */
  left(agent: string): void;
  /** Asks this, too, whether an agent has something open. */
  ask(isOpen: (agent: string) => boolean): void;
}

/** What concerns each agent: see InboxRow. It follows the log of events, by a cursor of its own. */
export interface Inbox {
  /** Resolves when all that is durable by now is in the inboxes, or cannot be written. */
  settled(): Promise<void>;
  /** How much an agent has not read, and the newest of that, the oldest of these first. It sees all that is durable by now. */
  unread(agent: string, limit?: number): Promise<{ count: number; rows: InboxRow[] }>;
  /** Whether something is unread that an agent was not told of. A look at memory, which may say yes a little too long. */
  hasUntold(agent: string): boolean;
  /** One line about what an agent was not told of, which counts as told then; null: nothing. */
  tell(agent: string, by: DeliveryWay): Promise<string | null>;
  /** An agent has come across these tasks, so that it need not be told what that says. Costs nothing where nothing is unread of them. */
  heard(agent: string, taskIds: readonly string[], how: Heard): Promise<void>;
  /** Puts something that comes of no event into an inbox. */
  put(notice: NewInboxRow): Promise<void>;
  /** Has a call change the watches of an agent: none of them misses what is durable after it. */
  changingWatches<T>(agent: string, change: () => Promise<T>): Promise<T>;
  /** Calls back whenever an inbox has something new, until the returned function is called. */
  onNew(agent: string, onNew: () => void): () => void;
}

/** What the daemon lends to every operation. */
export interface Services {
  store: Store;
  bus: Bus;
  daemon: DaemonControl;
  /** The wall clock, for what is stored and shown. */
  clock(): number;
  /** The clock that deadlines are held against; see Moment. */
  monotonic(): number;
  newId(): string;
  /** A token good for this node and this epoch only. */
  nodeToken(taskId: string, epoch: number): string;
  /** Answers within seconds, whatever file system the path leads to. */
  fileExists(path: string, folder: string | null): Promise<boolean>;
  schemas: SchemaChecks;
  presence: Presence;
  push: PushControl;
  tabs: TabControl;
  inbox: Inbox;
  files: Files;
  archive: Archive;
  /** The task of an event as it stands now; many waiters of one event share one look. */
  taskOf(event: Event): Promise<Task | null>;
}

/** The files into which old history is moved. */
export interface Archive {
  /** The lines of a part. Throws where its file cannot be read. */
  read(part: ArchivePart): Promise<string[]>;
}

/** Deliveries of what happens to tasks, to the URLs that a person has allowed. */
export interface PushControl {
  /** whether any URL is allowed */
  isAllowed: boolean;
  /** The URL as it is delivered to. Throws `invalid` for one outside of the prefixes, `not_allowed` where there is none. */
  target(url: string): string;
  sealer(): Promise<Sealer>;
  /** A configuration is new, another, or gone: what was under way for it has ended when this returns. */
  changed(key: PushKey): void;
}

/** Brings the secrets of one configuration into the form in which they are stored, and back. */
export interface Sealer {
  seal(owner: PushKey, secrets: PushSecrets): string;
  /** Null for what was sealed with another token of the daemon's. */
  open(owner: PushKey, sealed: string): PushSecrets | null;
}

/** Work on JSON Schemas that agents wrote: it is ended when it takes too long, and that is the answer then. */
export interface SchemaChecks {
  /** Why a value does not fit a schema, in words for the agent; null when it does. */
  misfit(type: ReturnType, schema: ResultSchema, value: unknown): Promise<string | null>;
  /** Why a schema cannot be used; null when it can. */
  problem(schema: ResultSchema): Promise<string | null>;
}

/** The surface by which a call came, as far as what is said to its caller depends on it. */
export interface Surface {
  /** The name of an input's field, as it is written there. */
  parameter(field: string): string;
  /** Says a sentence beside the result, where there is room for one. */
  note(sentence: string): void;
}

/**
 * One call: who asks, when by both clocks, and until when an answer is wanted. Its jobs get the call's subject, after
 * the caller's authority was checked.
 */
export interface Context<Found = unknown> extends Omit<Services, keyof Moment>, Moment, Surface {
  caller: Caller;
  signal: AbortSignal;
  /** As store.read. */
  read<T>(job: Job<Found, T>): Promise<T>;
  /** As store.write; a repeat with the same request_id within 24 h gets the first answer and changes nothing. */
  write<T>(job: Job<Found, T>): Promise<T>;
  /** As write, for an answer that is too large or too secret to be stored: a repeat rebuilds it from the notes. */
  writeNoted<T, Notes>(job: Job<Found, T>, repeat: Repeat<T, Notes>): Promise<T>;
}

/** What is done in one transaction. */
type Job<Found, T> = (tx: Tx, found: Found) => Promise<T>;

/** How an answer is given a second time. */
export interface Repeat<T, Notes> {
  /** What has to be kept of an answer, as JSON. */
  noted(answer: T): Notes;
  remade(tx: Tx, notes: Notes): Promise<T>;
}

/** What is known of a call before it is done. */
interface Begun<Found> {
  caller: Caller;
  /** of its request id; null: it has none */
  key: string | null;
  signal: AbortSignal;
  surface: Surface;
  moment: Moment;
  find(tx: Tx): Promise<Found>;
}

export function contextFor<Found>(
  services: Services,
  { caller, key, signal, surface, moment, find }: Begun<Found>,
): Context<Found> {
  const { store } = services;
  const { now, monotonic } = moment;
  const write = <T, Notes>(job: Job<Found, T>, repeat: Repeat<T, Notes>): Promise<T> => {
    const found = async (tx: Tx) => job(tx, await find(tx));
    return store.write(key === null ? found : (tx) => once(tx, key, monotonic, found, repeat));
  };
  return {
    ...services,
    caller,
    now,
    monotonic,
    signal,
    parameter: surface.parameter,
    note: surface.note,
    read: (job) => store.read(async (tx) => job(tx, await find(tx))),
    write: (job) => write(job, asItWas()),
    writeNoted: write,
  };
}

/** The answer, or its notes, lie beside the change, in one transaction: there is never one without the other. */
async function once<T, Notes>(
  tx: Tx,
  key: string,
  monotonic: number,
  job: (tx: Tx) => Promise<T>,
  { noted, remade }: Repeat<T, Notes>,
): Promise<T> {
  const kept = await answerTo<Notes>(tx, key, monotonic);
  if (kept) return remade(tx, kept.answer);
  const answer = await job(tx);
  await keepAnswer(tx, key, noted(answer), monotonic);
  return answer;
}

function asItWas<T>(): Repeat<T, T> {
  return { noted: (answer) => answer, remade: (_, answer) => Promise.resolve(answer) };
}

/** A request id is its caller's own, and of one operation: nobody gets the answer that was given to another. */
export function requestKey(name: string, caller: Caller, raw: unknown): string | null {
  if (typeof raw !== "object" || raw === null || !("request_id" in raw)) return null;
  const id = raw.request_id;
  if (typeof id !== "string" || id === "") return null;
  const who = caller.kind === "node" ? `${caller.taskId} ${caller.epoch}` : caller.kind;
  return `${name} ${who} ${id}`;
}
