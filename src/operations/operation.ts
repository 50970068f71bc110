import { z } from "zod";
import { CordError } from "../core/error.ts";
import { lazily } from "../core/lazily.ts";
import { readInput } from "../core/parameter.ts";
import type { Act, Caller } from "../core/tree.ts";
import type { Tx } from "../store/store.ts";
import { subjectOf, type Authority, type Subject } from "./authority.ts";
import { contextFor, requestKey, type Context, type Services, type Surface } from "./context.ts";

/** Where MCP shows an operation: to whom, under which name, and without which inputs. */
export interface Tool {
  profile: "board" | "tree";
  name: string;
  /** what a person reads in its place */
  title: string;
  omit: readonly string[];
  /** inputs that may be no larger here than these: what is, is taken for the most, and a note says so */
  max: Readonly<Record<string, number>>;
}

/** A list that is too long to be held in memory: its pieces are read while it is written out. */
export class Streamed<Item> {
  readonly pieces: AsyncIterable<readonly Item[]>;

  constructor(pieces: AsyncIterable<readonly Item[]>) {
    this.pieces = pieces;
  }
}

/** What an operation says of itself. Its name is its key in the list, and said nowhere else. */
interface Definition<Input extends z.ZodObject, Output extends z.ZodType, Found extends Subject | undefined> {
  summary: string;
  effect: Effect;
  /** who may call at all; what they may do it to is a matter of authority */
  callers: readonly Caller["kind"][];
  authority: Authority<z.output<Input>, Found>;
  /** `name` where it does not follow from the operation's: see toolNamed */
  tool?: Pick<Tool, "profile" | "title"> & {
    name?: string;
    omit?: readonly Field<Input>[];
    max?: Readonly<Partial<Record<Field<Input>, number>>>;
  };
  lease?: LeaseEffect;
  /** the input by which an agent says who it is */
  introduces?: Field<Input>;
  /** inputs for which the board before this one ignored a value of another type */
  tolerates?: readonly Field<Input>[];
  /** What a call takes, and what it gives: each is made when it is first asked for, which takes a daemon's start a tenth less. */
  input(): Input;
  output(): Output;
  /** How long a call may be held open at most, in milliseconds; 0: it ends by itself. Left out: it always does. */
  holdsOpen?(input: z.output<Input>): number;
  /** What such a call waits for, as `an answer to "Which?"`: its caller is told while it waits. */
  waitsFor?(input: z.output<Input>): string;
  run(context: Context<Found>, input: z.output<Input>): Promise<z.input<Output> | Streamed<unknown>>;
}

type Effect = "read" | "write" | "destructive";

type Field<Input extends z.ZodObject> = Extract<keyof Input["shape"], string>;

/** What becomes of the lease of the task that a call is about, when it succeeds. */
type LeaseEffect =
  | "takes"
  | "extends"
  | "ends"
  /** the task waits for an answer without one; an answer that comes with the call takes it again */
  | "asks";

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
  /** what it waits for meanwhile */
  waitsFor?: (() => string) | undefined;
  perform(signal: AbortSignal): Promise<unknown>;
}

/** An operation with its types, for those who call it by name. */
interface Typed<Input extends z.ZodObject, Output extends z.ZodType> extends Operation {
  input: Input;
  output: Output;
}

/** Everything that cord can do to its state is one of these, once the list has given it its name. */
export function operation<
  Input extends z.ZodObject,
  Output extends z.ZodType,
  Found extends Subject | undefined,
>(definition: Definition<Input, Output, Found>): (name: string) => Typed<Input, Output> {
  const { summary, effect, callers, tool, lease, introduces, tolerates = [] } = definition;
  const { authority, holdsOpen, waitsFor, run } = definition;
  const inputOf = lazily(() => definition.input());
  const outputOf = lazily(() => definition.output());
  const nullless = lazily(() => nulllessOf(inputOf()));
  return (name) => {
    const prepare: Operation["prepare"] = (services, caller, raw, surface = jsonRpc) => {
      if (!callers.includes(caller.kind)) throw notOpenTo(caller, name);
      const given = readInput(inputOf(), withoutNulls(raw, nullless()), surface.parameter);
      const key = requestKey(name, caller, raw);
      return {
        holdsOpenMs: holdsOpen ? holdsOpen(given) : 0,
        waitsFor: waitsFor && (() => waitsFor(given)),
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
      ...(tool ? { tool: { name: toolNamed(name, tool.profile), omit: [], max: {}, ...tool } } : {}),
      ...(lease ? { lease } : {}),
      ...(introduces ? { introduces } : {}),
      tolerates,
      mayBeHeldOpen: holdsOpen !== undefined,
      get input() {
        return inputOf();
      },
      get output() {
        return outputOf();
      },
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

/** The fields that do not accept null. Made at the first call only: a schema's shape takes memory. */
function nulllessOf({ shape }: z.ZodObject): readonly string[] {
  return Object.keys(shape).filter((field) => !shape[field].safeParse(null).success);
}

/**
 * Clients in languages without absent fields send null for what they do not set. Where null is not a value it is
 * removed.
 */
function withoutNulls(raw: unknown, fields: readonly string[]): unknown {
  if (typeof raw !== "object" || raw === null) return raw ?? {};
  const unsaid = fields.filter((field) => Reflect.get(raw, field) === null);
  if (unsaid.length === 0) return raw;
  return Object.fromEntries(Object.entries(raw).filter(([field]) => !unsaid.includes(field)));
}
