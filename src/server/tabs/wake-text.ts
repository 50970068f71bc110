import { tabBounds } from "../../core/limits.ts";
import { modelLine } from "../../core/model-line.ts";

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
  const name = modelLine(agent, maxNameBytes);
  const head = isAgain ? `Still unread for ${name} (${count}): ` : `${count} new for ${name}: `;
  const as = isShared ? ` as agent_id ${JSON.stringify(name)}` : "";
  const tail = ` Read with messages_list${as}. [cord ${number}]`;
  const room = tabBounds.wakeBytes - bytes(head) - bytes(tail) - bytes(moreOf(count)) - 1;
  const shown: string[] = [];
  let left = room;
  for (const line of lines.map((each) => modelLine(each, room))) {
    left -= bytes(line) + bytes(between);
    if (left < -bytes(between)) break;
    shown.push(line);
  }
  const more = count > shown.length ? moreOf(count - shown.length) : "";
  return `${head}${shown.join(between)}${more}.${tail}`;
}

const between = "; ";
const maxNameBytes = 128;

function moreOf(count: number): string {
  return `, and ${count} more`;
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}
