import { wordsOf, type Sought } from "../../core/filter.ts";
import { fold } from "../../core/text.ts";
import { states, type State } from "../../core/words.ts";
import type { Value } from "../store.ts";

/** Terms of a WHERE that must all hold, with their values in the same order. */
export interface Conditions {
  terms: readonly string[];
  values: readonly Value[];
}

/** What a filter asks of a task, apart from its run. */
const fields = [
  "state",
  "kind",
  "priority",
  "project",
  "to",
  "claimed_by",
  "name_contains",
  "ignore_ids",
  "since",
] as const;
export type Field = (typeof fields)[number];

/** All that a filter asks of a task, field by field. */
export class Asked {
  readonly #conditions = new Map<Field, Conditions>();

  constructor(filter: Sought) {
    for (const field of fields) {
      const condition = conditionOf(filter, field);
      if (condition && condition.terms.length > 0) this.#conditions.set(field, condition);
    }
  }

  /** What is asked but for the fields that are answered already. */
  without(answered: readonly Field[]): Conditions {
    const rest: Conditions[] = [];
    for (const [field, condition] of this.#conditions) if (!answered.includes(field)) rest.push(condition);
    return joined(rest);
  }
}

/** What a filter asks of a task in this field; null: nothing. */
function conditionOf(filter: Sought, field: Field): Conditions | null {
  switch (field) {
    case "state":
      return stateAsked(filter);
    case "kind":
    case "priority":
      return among(`tasks.${field}`, wordsOf(filter[field]));
    case "project":
      return seenIn("tasks.project", filter.project);
    case "to":
      return filter.to === undefined ? null : term("tasks.recipient = ?", filter.to);
    case "claimed_by":
      return filter.claimed_by === undefined ? null : term("tasks.claimed_by = ?", filter.claimed_by);
    case "name_contains":
      return filter.name_contains ? term("instr(tasks.folded, ?) > 0", fold(filter.name_contains)) : null;
    case "ignore_ids":
      return filter.ignore_ids?.length
        ? term(`tasks.id NOT IN ${listed}`, JSON.stringify(filter.ignore_ids))
        : null;
    case "since":
      return filter.since === undefined ? null : term("tasks.seq > ?", filter.since);
  }
}

const listed = "(SELECT value FROM json_each(?))";

/** What of a filter an event's own row can tell, apart from its place in the log. */
export function eventConditions(filter: Sought): Conditions {
  return joined([
    among("events.kind", wordsOf(filter.kind)),
    among("events.state", filter.ready === undefined ? wordsOf(filter.state) : ["pending"]),
    among("events.priority", wordsOf(filter.priority)),
    seenIn("events.project", filter.project),
    filter.to === undefined ? null : term("events.recipient = ?", filter.to),
    filter.claimed_by === undefined ? null : term("events.agent = ?", filter.claimed_by),
    filter.name_contains ? mayBeNamed(fold(filter.name_contains)) : null,
  ]);
}

/**
 * SQL folds only English letters. A name with other letters (more bytes than characters) is compared in JavaScript,
 * on the task.
 */
function mayBeNamed(text: string): Conditions {
  const others = "octet_length(events.name) <> length(events.name)";
  return isAscii(text) ? term(`(instr(lower(events.name), ?) > 0 OR ${others})`, text) : term(others);
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

export function term(sql: string, ...values: Value[]): Conditions {
  return { terms: [sql], values };
}

export function joined(conditions: readonly (Conditions | null)[]): Conditions {
  const asked = conditions.filter((condition) => condition !== null);
  return { terms: asked.flatMap(({ terms }) => terms), values: asked.flatMap(({ values }) => values) };
}

export function whereOf({ terms }: Conditions): string {
  return terms.length === 0 ? "" : `WHERE ${terms.join(" AND ")}`;
}

/**
 * Written into the SQL: the partial indexes are for tasks of one state, so SQLite plans by the value of a bound
 * state, and prepares the statement again at each binding.
 */
export function inStates(states: readonly State[]): Conditions {
  return term(
    states.length === 0 ? "1 = 0" : `tasks.state IN (${states.map((state) => `'${state}'`).join(", ")})`,
  );
}

function among(column: string, words: readonly Value[] | undefined): Conditions | null {
  if (words === undefined) return null;
  return term(
    words.length === 1 ? `${column} = ?` : `${column} IN (${words.map(() => "?").join(", ")})`,
    ...words,
  );
}

/** A project sees what is its own and what is everybody's. */
function seenIn(column: string, project: string | undefined): Conditions | null {
  return project === undefined ? null : term(`(${column} = ? OR ${column} IS NULL)`, project);
}

function stateAsked({ state, ready, unblocked }: Sought): Conditions | null {
  const words = wordsOf(state);
  const asked = [words === undefined ? null : inStates(states.filter((one) => words.includes(one)))];
  if (ready !== undefined)
    asked.push(term(`tasks.state = 'pending' AND tasks.unmet ${ready ? "= 0" : "> 0"}`));
  if (unblocked === true) asked.push(term("(tasks.state <> 'pending' OR tasks.unmet = 0)"));
  return joined(asked);
}
