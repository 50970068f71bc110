import { oneLine, plain, quoted } from "./text.ts";
import { isRunAgent } from "./words.ts";

/**
 * What others wrote, made safe for a model that reads it raw: without controls, marks of direction, invisible characters and lone
 * surrogates, and without the brackets that tags are made of.
 */

/** A text as one line. At most so many bytes of UTF-8; what is cut ends in "…". */
export function modelLine(text: string, maxBytes: number): string {
  const line = oneLine(safe(text.replace(/[\p{Z}\s]/gu, " ")));
  if (Buffer.byteLength(line) <= maxBytes) return line;
  const cut = Buffer.from(line).subarray(0, Math.max(0, maxBytes - Buffer.byteLength(ellipsis)));
  // as a stream, so that a character that the cut goes through is left out whole
  return new TextDecoder().decode(cut, { stream: true }).trimEnd() + ellipsis;
}

const ellipsis = "…";

/** A text within a line, between quotation marks, of at most so many characters. */
export function quotedIn(text: string, max: number): string {
  return quoted(safe(text), max);
}

/** The same for what stands without quotation marks, or between others. */
export function shownIn(text: string, max: number): string {
  return quotedIn(text, max).slice(1, -1);
}

/**
 * The name of an agent, or a word of somebody's: in quotation marks where it has spaces, so that no sentence in it passes for cord's own.
 * The names of agents of runs are cord's.
 */
export function nameIn(text: string, max: number): string {
  const name = shownIn(text, max);
  return /\s/.test(name) && !isRunAgent(name) ? `"${name}"` : name;
}

/** Of an escape sequence nothing is left, and of half a character neither. */
function safe(text: string): string {
  return plain(text.replace(/\p{Cs}/gu, "")).replace(/[\p{C}<>]/gu, "");
}
