import { z } from "zod";
import { CordError } from "../../core/error.ts";
import type { TreeNode } from "../../core/node.ts";
import { fold, plain, beginningOf } from "../../core/text.ts";
import type { Caller } from "../../core/tree.ts";
import { operations, type OperationName } from "../../operations/list.ts";
import type { Services } from "../../operations/context.ts";
import { unending } from "../../operations/unending.ts";
import { readBoard, type Seat } from "./board-resources.ts";
import { noPrompt, prompts } from "./prompts.ts";
import type { Completion, CompletionArgument, CompletionReference, ResourceTemplate } from "./protocol.ts";

/** Looks for what a value may become. What it finds is not yet held against what there is of the value. */
type Look = (value: string) => Promise<Candidates>;

interface Candidates {
  values: readonly string[];
  /** there is more than was looked at */
  more?: boolean;
}

/** What a tab may complete: the ids of its project's tasks and runs, and the arguments of prompts. */
export function completeOnBoard(
  services: Services,
  seat: Seat,
  templates: readonly ResourceTemplate[],
  reference: CompletionReference,
  argument: CompletionArgument,
): Promise<Completion> {
  const read = (operation: OperationName, input: object) =>
    readBoard(services, seat, operation, input, unending);
  const looks: Record<string, Look> = {
    "cord://tasks/{id} id": (value) => taskIds(read, value),
    "cord://runs/{id} id": (value) => runIds(read, value),
    "next kind": (value) => kinds(read, value),
    "handover agent": (value) => agents(read, value),
    "catch-up since": async (value) => beginningWith(["15m", "1h", "4h", "1d", "7d"], value),
  };
  return completed(looks, templates, reference, argument);
}

/** What an agent of a run may complete: the nodes of that. */
export function completeInRun(
  services: Services,
  caller: Caller & { kind: "node" },
  templates: readonly ResourceTemplate[],
  reference: CompletionReference,
  argument: CompletionArgument,
): Promise<Completion> {
  const nodes: Look = async (value) => {
    const tree = await operations["nodes/tree"].perform(services, caller, {}, unending);
    const numbers = numbersIn(operations["nodes/tree"].output.parse(tree));
    return beginningWith(
      numbers.map((id) => id.slice(1)),
      value.replace(/^#/, ""),
    );
  };
  return completed({ "cord://tasks/{id} id": nodes }, templates, reference, argument, []);
}

/** As many values as an answer has. Source: MCP 2025-11-25, "Completion". */
const maxValues = 100;
const maxLooked = 500;
const maxValueLength = 256;

async function completed(
  looks: Readonly<Record<string, Look>>,
  templates: readonly ResourceTemplate[],
  reference: CompletionReference,
  { name, value }: CompletionArgument,
  known = prompts,
): Promise<Completion> {
  const of = reference.type === "ref/prompt" ? reference.name : reference.uri;
  const isKnown =
    reference.type === "ref/prompt"
      ? known.some((prompt) => prompt.name === of)
      : templates.some(({ uriTemplate }) => uriTemplate === of);
  if (!isKnown) throw reference.type === "ref/prompt" ? noPrompt(of, known) : noTemplate(of, templates);
  const look = Object.hasOwn(looks, `${of} ${name}`) ? looks[`${of} ${name}`] : undefined;
  if (!look || value.length > maxValueLength) return { values: [] };
  const { values, more = false } = await look(value.trim());
  const hasMore = more || values.length > maxValues;
  return { values: values.slice(0, maxValues), ...(more ? {} : { total: values.length }), hasMore };
}

function noTemplate(uri: string, templates: readonly ResourceTemplate[]): CordError {
  const known = templates.map(({ uriTemplate }) => uriTemplate).join(", ");
  return new CordError(
    "invalid",
    `There is no template ${plain(beginningOf(uri, 64))}. There are: ${known}.`,
  );
}

type Read = (operation: OperationName, input: object) => Promise<unknown>;

/** Pages of which only these fields are asked for. */
const Named = z.object({
  items: z.array(z.object({ id: z.string(), number: z.number().optional(), name: z.string() })),
  next: z.string().optional(),
});
const Kinds = z.object({ items: z.array(z.object({ kind: z.string() })), next: z.string().optional() });

/** By the beginning of the number or of the id, or by what the name contains; the newest first. */
async function taskIds(read: Read, value: string): Promise<Candidates> {
  const fields = ["id", "number", "name"];
  const page = await read("tasks/page", { limit: maxLooked, fields });
  const { items, next } = Named.parse(page);
  const sought = fold(value.replace(/^#/, ""));
  const values = items.flatMap(({ id, number, name }) => {
    if (number !== undefined && sought !== "" && String(number).startsWith(sought)) return [String(number)];
    return id.startsWith(sought) || fold(name).includes(sought) ? [id] : [];
  });
  return { values, more: next !== undefined };
}

async function runIds(read: Read, value: string): Promise<Candidates> {
  const runs = operations["runs/list"].output.parse(await read("runs/list", { limit: maxValues }));
  const sought = fold(value);
  const fitting = runs.filter(({ id, goal }) => id.startsWith(sought) || fold(goal).includes(sought));
  return { values: fitting.map(({ id }) => id), more: runs.length === maxValues };
}

/** Of tasks that are ready. */
async function kinds(read: Read, value: string): Promise<Candidates> {
  const page = await read("tasks/page", { ready: true, limit: maxLooked, fields: ["kind"] });
  const { items, next } = Kinds.parse(page);
  return {
    ...beginningWith(
      items.map(({ kind }) => kind),
      value,
    ),
    more: next !== undefined,
  };
}

async function agents(read: Read, value: string): Promise<Candidates> {
  const agents = operations["agents/list"].output.parse(await read("agents/list", {}));
  return beginningWith(
    agents.map(({ id }) => id),
    value,
  );
}

function beginningWith(words: readonly string[], value: string): Candidates {
  const sought = fold(value);
  return { values: [...new Set(words)].filter((word) => fold(word).startsWith(sought)) };
}

function numbersIn({ id, children = [] }: TreeNode): string[] {
  return [id, ...children.flatMap(numbersIn)];
}
