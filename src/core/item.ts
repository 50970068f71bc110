import { limits } from "./limits.ts";
import { beginningOf, oneLine } from "./text.ts";

/** One item of a list that a node has a child for. */
export interface Item {
  /** from 1 */
  index: number;
  text: string;
}

/** An item as its node reads it: a text as it is, and JSON of anything else. */
export function itemText(item: unknown): string {
  return typeof item === "string" ? item : (JSON.stringify(item) ?? "null");
}

/** The goal of an item's node: one line of the length that names have. */
export function itemGoal(goal: string, item: Item): string {
  const shown = { ...item, text: beginningOf(oneLine(item.text), shownItem) };
  return beginningOf(oneLine(withItem(goal, shown)), limits.nameLength);
}

const shownItem = 100;

/** How long a node's task is, in characters, once its item stands in each place of {item}. */
export function taskLength(goal: string, prompt: string | null, item: string): number {
  const texts = `${goal}${prompt ?? ""}`;
  return texts.length + (texts.split("{item}").length - 1) * item.length;
}

/** A text with {item} and {index} replaced. What an item says is taken as it is, and not replaced again. */
export function withItem(text: string, { index, text: item }: Item): string {
  return text.replace(/\{(item|index)\}/g, (_, word) => (word === "index" ? String(index) : item));
}
