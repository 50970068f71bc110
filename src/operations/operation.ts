import { z } from "zod";
import type { About } from "../core/about.ts";
import { CordError } from "../core/error.ts";
import type { Event } from "../core/event.ts";
import type { ResultSchema, ReturnType } from "../core/result.ts";
import type { Moment } from "../core/moment.ts";
import type { Task } from "../core/task.ts";
import { readInput } from "../core/parameter.ts";
import type { Act, Caller } from "../core/tree.ts";
import type { Bus } from "../core/bus.ts";
import { answerTo, keepAnswer } from "../store/tables/requests.ts";
import type { Store, Tx } from "../store/store.ts";
import { subjectOf, type Authority, type Subject } from "./authority.ts";

/** The daemon itself: what it is, and how it is told to go. */
export interface DaemonControl {
  about(): About;
  /** Writes a whole copy of the database into a file, within so many milliseconds. Resolves to its size in bytes. */
  backUp(file: string, replace: boolean, withinMs: number): Promise<number>;
  stop(): void;
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
  /** The task of an event as it stands now; many waiters of one event share one look. */
  taskOf(event: Event): Promise<Task | null>;
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
 * One call: who asks, when by both clocks, and until when an answer is wanted. Its jobs are given what the call is about, once
 * it is certain that the caller may do this to it.
 */
export interface Context<Found = unknown> extends Omit<Services, keyof Moment>, Moment, Surface {
  caller: Caller;
  signal: AbortSignal;
  /** As store.read. */
  read<T>(job: Job<Found, T>): Promise<T>;
  /** As store.write; a repeat with the same request_id within 24 h gets the first answer and changes nothing. */
  write<T>(job: Job<Found, T>): Promise<T>;
  /** As write, for an answer that is too large, or too secret, to be kept: a repeat gets one that is made anew from the notes. */
  writeNoted<T, Notes>(job: Job<Found, T>, repeat: Repeat<T, Notes>): Promise<T>;
}

/** What is done in one transaction. */
type Job<Found, T> = (tx: Tx, found: Found) => Promise<T>;

/** How an answer is given a second time. */
export interface Repeat<T, Notes> {
  /** What has to be kept of an answer, as JSON. */
  noted(answer: T): Notes;
  again(tx: Tx, notes: Notes): Promise<T>;
}

/** Where MCP shows an operation: to whom, under which name, and without which inputs. */
export interface Tool {
  profile: "board" | "tree";
  name: string;
  omit: readonly string[];
}

/** A list that is too long to be held in memory: its pieces are read while it is written out. */
export class Streamed<Item> {
  readonly pieces: AsyncIterable<readonly Item[]>;

  constructor(pieces: AsyncIterable<readonly Item[]>) {
    this.pieces = pieces;
  }
}

/** What an operation says of itself. Its name is its key in the list, and said nowhere else. */
export interface Definition<
  Input extends z.ZodObject,
  Output extends z.ZodType,
  Found extends Subject | undefined,
> {
  summary: string;
  effect: Effect;
  /** who may call at all; what they may do it to is a matter of authority */
  callers: readonly Caller["kind"][];
  authority: Authority<z.output<Input>, Found>;
  /** `name` where it does not follow from the operation's: see toolNamed */
  tool?: { profile: Tool["profile"]; name?: string; omit?: readonly Field<Input>[] };
  lease?: LeaseEffect;
  /** the input by which an agent says who it is */
  introduces?: Field<Input>;
  /** inputs of which the board before this one took a value of another type as if it had not been given */
  tolerates?: readonly Field<Input>[];
  input: Input;
  output: Output;
  /** How long a call may be held open at most, in milliseconds; 0: it ends by itself. Left out: it always does. */
  holdsOpen?(input: z.output<Input>): number;
  run(context: Context<Found>, input: z.output<Input>): Promise<z.input<Output> | Streamed<unknown>>;
}

type Effect = "read" | "write" | "destructive";
type Field<Input extends z.ZodObject> = Extract<keyof Input["shape"], string>;

/** What becomes of the lease of the task that a call is about, when it succeeds. */
export type LeaseEffect = "takes" | "extends" | "ends";

/** A definition under its name, whose types are forgotten. */
export interface Operation {
  name: string;
  summary: string;
  effect: Effect;
  callers: readonly Caller["kind"][];
  /** what it does to the task or run that it is about; null: it is about none */
  act: Act | null;
  tool?: Tool;
  lease?: LeaseEffect;
  introduces?: string;
  tolerates: readonly string[];
  /** whether a call may be held open; prepare says which, and for how long */
  mayBeHeldOpen: boolean;
  input: z.ZodObject;
  output: z.ZodType;
  /**
   * Reads a call. Throws `not_allowed` for a caller it is not for, and `invalid`, in one sentence without the schema, for an
   * input that does not fit.
   */
  prepare(services: Services, caller: Caller, input: unknown, surface?: Surface): PreparedCall;
  /** As prepare, and does it at once. */
  perform(
    services: Services,
    caller: Caller,
    input: unknown,
    signal: AbortSignal,
    surface?: Surface,
  ): Promise<unknown>;
}

/** A call that its caller may make, and whose input fits. Nothing is done yet. */
export interface PreparedCall {
  /** how long it may be held open at most, in milliseconds; 0: it ends by itself */
  holdsOpenMs: number;
  perform(signal: AbortSignal): Promise<unknown>;
}

/** An operation with its types, for those who call it by name. */
export interface Typed<Input extends z.ZodObject, Output extends z.ZodType> extends Operation {
  input: Input;
  output: Output;
}

/** Everything that cord can do to its state is one of these, once the list has given it its name. */
export function operation<
  Input extends z.ZodObject,
  Output extends z.ZodType,
  Found extends Subject | undefined,
>(definition: Definition<Input, Output, Found>): (name: string) => Typed<Input, Output> {
  const { summary, effect, callers, tool, lease, introduces, tolerates = [], input, output } = definition;
  const { authority, holdsOpen, run } = definition;
  const nullless = Object.keys(input.shape).filter((field) => !input.shape[field].safeParse(null).success);
  return (name) => {
    const prepare: Operation["prepare"] = (services, caller, raw, surface = jsonRpc) => {
      if (!callers.includes(caller.kind)) throw notOpenTo(caller, name);
      const given = readInput(input, withoutNulls(raw, nullless), surface.parameter);
      const key = requestKey(name, caller, raw);
      return {
        holdsOpenMs: holdsOpen ? holdsOpen(given) : 0,
        perform: (signal) => {
          const moment = { now: services.clock(), monotonic: services.monotonic() };
          const find = (tx: Tx) => subjectOf(authority, tx, { caller, monotonic: moment.monotonic }, given);
          return run(contextFor(services, { caller, key, signal, surface, moment, find }), given);
        },
      };
    };
    return {
      name,
      summary,
      effect,
      callers,
      act: authority.act,
      ...(tool ? { tool: { name: toolNamed(name, tool.profile), omit: [], ...tool } } : {}),
      ...(lease ? { lease } : {}),
      ...(introduces ? { introduces } : {}),
      tolerates,
      mayBeHeldOpen: holdsOpen !== undefined,
      input,
      output,
      prepare,
      perform: async (services, caller, raw, signal, surface) =>
        prepare(services, caller, raw, surface).perform(signal),
    };
  };
}

/** Gives each definition of a list its name. */
export function named<Made extends Readonly<Record<string, unknown>>>(definitions: {
  readonly [Name in keyof Made]: (name: string) => Made[Name];
}): Made;
export function named(
  definitions: Readonly<Record<string, (name: string) => unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(definitions).map(([name, define]) => [name, define(name)]));
}

/** tasks/send is tasks_send on the board, and nodes/ask is ask to an agent of a run. */
function toolNamed(name: string, profile: Tool["profile"]): string {
  return profile === "board" ? name.replace("/", "_") : name.slice(name.indexOf("/") + 1);
}

export function notOpenTo({ kind }: Caller, name: string): CordError {
  return new CordError(
    "not_allowed",
    `${name} is not open to a ${kind === "node" ? "node of a run" : kind}.`,
  );
}

/** It has the fields as they are, and no room beside a result. */
const jsonRpc: Surface = { parameter: (field) => field, note: () => {} };

/** Clients whose language has no absent fields send null for what they do not say. Where null is no value, it is left out. */
function withoutNulls(raw: unknown, fields: readonly string[]): unknown {
  if (typeof raw !== "object" || raw === null) return raw ?? {};
  const unsaid = fields.filter((field) => Reflect.get(raw, field) === null);
  if (unsaid.length === 0) return raw;
  return Object.fromEntries(Object.entries(raw).filter(([field]) => !unsaid.includes(field)));
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

function contextFor<Found>(
  { store, bus, daemon, clock, newId, nodeToken, fileExists, schemas, taskOf }: Services,
  { caller, key, signal, surface, moment, find }: Begun<Found>,
): Context<Found> {
  const { now, monotonic } = moment;
  const write = <T, Notes>(job: Job<Found, T>, repeat: Repeat<T, Notes>): Promise<T> => {
    const found = async (tx: Tx) => job(tx, await find(tx));
    return store.write(key === null ? found : (tx) => once(tx, key, monotonic, found, repeat));
  };
  return {
    store,
    bus,
    daemon,
    clock,
    newId,
    nodeToken,
    fileExists,
    schemas,
    taskOf,
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
  { noted, again }: Repeat<T, Notes>,
): Promise<T> {
  const kept = await answerTo<Notes>(tx, key, monotonic);
  if (kept) return again(tx, kept.answer);
  const answer = await job(tx);
  await keepAnswer(tx, key, noted(answer), monotonic);
  return answer;
}

function asItWas<T>(): Repeat<T, T> {
  return { noted: (answer) => answer, again: (_, answer) => Promise.resolve(answer) };
}

/** A request id is its caller's own, and of one operation: nobody gets the answer that was given to another. */
function requestKey(name: string, caller: Caller, raw: unknown): string | null {
  if (typeof raw !== "object" || raw === null || !("request_id" in raw)) return null;
  const id = raw.request_id;
  if (typeof id !== "string" || id === "") return null;
  const who = caller.kind === "node" ? `${caller.taskId} ${caller.epoch}` : caller.kind;
  return `${name} ${who} ${id}`;
}
