import { tabBounds } from "../../core/limits.ts";
import { oneLine, plain } from "../../core/text.ts";

/** What a wake says. */
interface WakeNews {
  agent: string;
  /** a line about each thing, the most important first; what others wrote may stand in it */
  lines: readonly string[];
  /** how many things there are, those without a line too */
  count: number;
  /** it was woken for these before */
  isAgain: boolean;
  /** others act in the tab's session too */
  isShared: boolean;
  /** of the wake: clients drop a message that is the same as the last */
  number: number;
}

/** The line that a tab is woken with. A model reads it raw, as if a person had written it. */
export function wakeText({ agent, lines, count, isAgain, isShared, number }: WakeNews): string {
  const name = beginning(clean(agent), maxNameBytes);
  const head = isAgain ? `Still unread for ${name} (${count}): ` : `${count} new for ${name}: `;
  const as = isShared ? ` as agent_id ${JSON.stringify(name)}` : "";
  const tail = ` Read with messages_list${as}. [cord ${number}]`;
  const room = tabBounds.wakeBytes - bytes(head) - bytes(tail) - bytes(moreOf(count)) - 1;
  const shown: string[] = [];
  let left = room;
  for (const line of lines.map(clean)) {
    const fits = shown.length === 0 ? beginning(line, left) : line;
    left -= bytes(fits) + bytes(between);
    if (left < -bytes(between)) break;
    shown.push(fits);
  }
  const more = count > shown.length ? moreOf(count - shown.length) : "";
  return `${head}${shown.join(between)}${more}.${tail}`;
}

const between = "; ";
const maxNameBytes = 128;

function moreOf(count: number): string {
  return `, and ${count} more`;
}

/** One line without control and format characters, and without what may be taken for a tag. */
export function clean(text: string): string {
  return oneLine(plain(text).replace(/[\p{C}<>]/gu, ""));
}

const encoder = new TextEncoder();

function bytes(text: string): number {
  return encoder.encode(text).length;
}

/** As much of a text as has so many bytes, without half a character. */
function beginning(text: string, max: number): string {
  if (bytes(text) <= max) return text;
  const room = max - bytes("…");
  let [kept, taken] = ["", 0];
  for (const character of text) {
    taken += bytes(character);
    if (taken > room) break;
    kept += character;
  }
  return `${kept}…`;
}
