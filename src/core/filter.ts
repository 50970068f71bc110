import { z } from "zod";
import type { Event } from "./event.ts";
import { limits } from "./limits.ts";
import { fold } from "./text.ts";

/** As many words as a field takes, and as many characters as they may have in all. */
const max = { words: 64, characters: 4096 } as const;

const Words = z.union([
  z
    .string()
    .max(max.characters)
    .refine((text) => text.split(",").length <= max.words, `may have ${max.words} words`),
  z.array(z.string().max(limits.nameLength)).max(max.words),
]);

/** What a list, a wait or a watch lets through. Each is optional; all that are given must hold. */
export const Filter = z.object({
  kind: Words.optional(),
  priority: Words.optional(),
  state: Words.optional(),
  ready: z.boolean().describe("true: can be claimed; false: waits for its needs").optional(),
  name_contains: z.string().max(limits.nameLength).optional(),
  to: z.string().optional(),
  project: z.string().describe("Tasks of this project, and those of none").optional(),
  claimed_by: z.string().optional(),
  run_id: z.string().nullable().describe("A run's nodes; null: the board's tasks").optional(),
  since: z.number().int().min(0).describe("Only what changed after this seq").optional(),
  ignore_ids: z.array(z.string()).max(10_000).optional(),
});
export type Filter = z.infer<typeof Filter>;

/** A filter as cord itself asks. unblocked: what is pending must be ready; other states are as the filter has them. */
export type Sought = Filter & { unblocked?: boolean };

/** The words of a filter's field; undefined when it lets everything through. `any` is everything. */
export function wordsOf(field: string | readonly string[] | undefined): readonly string[] | undefined {
  if (field === undefined) return undefined;
  const words = typeof field === "string" ? field.split(",").map((word) => word.trim()) : field;
  return words.length === 0 || words.includes("any") ? undefined : words;
}

/**
 * A filter prepared for matching many events. Filters have few words and there are many waiters: an array takes a
 * tenth of the memory of a set.
 */
export function matcher(filter: Sought): (event: Event) => boolean {
  const kinds = wordsOf(filter.kind);
  const states = wordsOf(filter.state);
  const priorities = wordsOf(filter.priority);
  const ignored = filter.ignore_ids?.length ? new Set(filter.ignore_ids) : undefined;
  const text = filter.name_contains && fold(filter.name_contains);
  return (event) =>
    event.task_id !== null &&
    holds(kinds, event.kind) &&
    holds(states, event.state) &&
    holds(priorities, event.priority) &&
    (filter.since === undefined || event.seq > filter.since) &&
    (filter.ready === undefined || event.ready === filter.ready) &&
    (filter.unblocked !== true || event.ready !== false) &&
    (!text || fold(event.name ?? "").includes(text)) &&
    (filter.to === undefined || event.to === filter.to) &&
    isSeenIn(filter.project, event.project) &&
    (filter.claimed_by === undefined || event.agent === filter.claimed_by) &&
    (filter.run_id === undefined || event.run_id === filter.run_id) &&
    !ignored?.has(event.task_id);
}

/** What a project sees: its own, and what has no project and so is everybody's. Without a project: all. */
export function isSeenIn(project: string | undefined, own: string | null): boolean {
  return project === undefined || own === null || own === project;
}

/**
 * The (kind, state) pairs under which a filter is found; `*` stands for any, and for a filter with too many pairs.
 */
export function keysOf(filter: Filter): string[] {
  const kinds = fewOf(filter.kind);
  const states = fewOf(filter.state);
  return kinds.flatMap((kind) => states.map((state) => filterKey(kind, state)));
}

/**
 * Each event is matched against the filter anyway: being found too often costs little time, being kept often costs
 * memory.
 */
function fewOf(field: string | readonly string[] | undefined): readonly string[] {
  const words = new Set(wordsOf(field));
  return words.size === 0 || words.size > fewWords ? ["*"] : [...words];
}

const fewWords = 4;

/** The keys under which an event looks for filters. */
export function keysFor(event: Event): string[] {
  const kind = event.kind ?? "";
  const state = event.state ?? "";
  return [filterKey(kind, state), filterKey(kind, "*"), filterKey("*", state), filterKey("*", "*")];
}

function filterKey(kind: string, state: string): string {
  return `${kind}\n${state}`;
}

function holds(words: readonly string[] | undefined, word: string | null): boolean {
  return words === undefined || (word !== null && words.includes(word));
}
