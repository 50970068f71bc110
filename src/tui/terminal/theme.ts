import type { Freshness } from "../../core/presence.ts";
import type { TabState } from "../../core/tab.ts";
import type { State } from "../../core/words.ts";

/** The one table of colours: Select Graphic Rendition parameters, ECMA-48 8.3.117. */
const theme = {
  title: "1",
  selected: "7",
  pending: "2",
  active: "36",
  waiting: "34",
  paused: "33",
  complete: "32",
  failed: "31",
  cancelled: "2",
  ask: "1;33",
  detail: "2",
  reason: "31",
  notice: "33",
  added: "32",
  removed: "31",
  heading: "1",
  strong: "1",
  em: "3",
  del: "9",
  code: "36",
  link: "4",
} as const;

export type Tone = keyof typeof theme;

/** What a state looks like, wherever tasks are listed. */
export const stateTones: Readonly<Record<State, Tone>> = {
  pending: "pending",
  claimed: "active",
  waiting: "waiting",
  paused: "paused",
  completed: "complete",
  failed: "failed",
  cancelled: "cancelled",
};

/** What a sign of life that is so old looks like. */
export const freshnessTones: Readonly<Record<Freshness, Tone>> = {
  active: "active",
  idle: "paused",
  stale: "cancelled",
};

/** What a tab looks like by what its client says of it: one that waits for its person stands out. */
export const tabTones: Readonly<Record<TabState, Tone>> = { idle: "paused", busy: "active", waiting: "ask" };

/** Several tones lie over each other. */
export type Paint = (tone: Tone | readonly Tone[], text: string) => string;

/** Gives the function that colours a piece of text, or leaves it when there are no colours. */
export function painter(color: boolean): Paint {
  return color ? painted : (_, text) => text;
}

function painted(tone: Tone | readonly Tone[], text: string): string {
  const parameters = [tone].flat().map((one) => theme[one]);
  return text === "" || parameters.length === 0 ? text : `\x1b[${parameters.join(";")}m${text}\x1b[0m`;
}
