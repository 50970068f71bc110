/** A span as a person reads it, in two units at most: `41s`, `2m14s`, `1h02m`, `3d04h`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${twoDigits(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h${twoDigits(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d${twoDigits(hours % 24)}h`;
}

/** The time of day here: `09:05:00`. */
export function clock(ms: number): string {
  const at = new Date(ms);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(twoDigits).join(":");
}

/** The same with its day, for what is read later: `2026-11-26 09:05:00`. */
export function dayAndClock(ms: number): string {
  const at = new Date(ms);
  return `${[at.getFullYear(), twoDigits(at.getMonth() + 1), twoDigits(at.getDate())].join("-")} ${clock(ms)}`;
}

/** US dollars to the cent; what was spent but rounds to nothing is `<$0.01`. */
export function usd(amount: number): string {
  if (amount > 0 && amount < 0.005) return "<$0.01";
  return `$${Math.max(0, amount).toFixed(2)}`;
}

/** What is not known: it is not nothing. */
export const unknown = "–";

/** What was spent. uncounted: so many attempts are over and nobody knows what they cost */
export interface Cost {
  usd: number;
  estimated: boolean;
  uncounted: number;
}

/**
 * What was spent; with a sign before it where some of that is an estimate, `~$0.84`, or some is not known, `≥$0.84`.
 * A bound has its own.
 */
export function cost({ usd: amount, estimated, uncounted }: Cost): string {
  const text = usd(amount);
  if (uncounted > 0) return text.startsWith("<") || amount === 0 ? unknown : `≥${text}`;
  return estimated && amount > 0 && !text.startsWith("<") ? `~${text}` : text;
}

/** The same in a sentence: `~$0.84 spent`. */
export function spentText(spent: Cost): string {
  const text = cost(spent);
  return text === unknown ? "what was spent is not known" : `${text} spent`;
}

/** Whether there is something to say of a cost. */
export function isSpent({ usd: amount, uncounted }: Pick<Cost, "usd" | "uncounted">): boolean {
  return amount > 0 || uncounted > 0;
}

/** A limit in US dollars: `$10`, `$0.50`. */
export function limitUsd(amount: number): string {
  return Number.isInteger(amount) ? `$${amount}` : usd(amount);
}

/** `950`, `12.3k`, `1.2M`. */
export function compact(count: number): string {
  if (count < 1000) return String(count);
  return count < 999_950 ? `${shortened(count / 1000)}k` : `${shortened(count / 1_000_000)}M`;
}

function shortened(count: number): string {
  return count < 99.95 ? count.toFixed(1).replace(/\.0$/, "") : count.toFixed(0);
}

/** `1st`, `2nd`, `11th`. */
export function ordinal(count: number): string {
  const isTeen = count % 100 >= 11 && count % 100 <= 13;
  return `${count}${(isTeen ? undefined : ["st", "nd", "rd"][(count % 10) - 1]) ?? "th"}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
