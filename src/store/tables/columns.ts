import type { Value } from "../store.ts";

/**
 * A table's columns stand in one list: an object that holds what a new row has in each. The row's type, the names for SQL
 * and the values of a new row follow from it, so there is no second list in which a column could be forgotten.
 */

/** A column that is empty at first. */
export function empty<Held extends Value>(): Held | null {
  return null;
}

/** A column that holds one of several words, and which of them at first. */
export function word<Word extends string>(first: Word): Word {
  return first;
}

/** The names of the columns, in the order of the list. */
export function namesOf<Row extends object>(list: Row): (keyof Row & string)[] {
  const names: (keyof Row & string)[] = [];
  for (const name in list) names.push(name);
  return names;
}

/** The text that adds a row with these columns. */
export function insertOf(table: string, names: readonly string[]): string {
  return `INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`;
}
