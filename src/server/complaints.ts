import { shortened } from "../core/text.ts";

/**
 * What the daemon has to say on stderr, which is its log. The same sentence again within a minute is only counted, and of
 * different ones so many are said in a minute.
 */
export function complain(sentence: string): void {
  const now = performance.now();
  const known = said.get(sentence);
  if (known && now - known.at < minuteMs) {
    known.unsaid += 1;
    return;
  }
  if (now - minute.began >= minuteMs) beginMinute(now);
  minute.said += 1;
  if (minute.said > maxInMinute) return;
  const times = known && known.unsaid > 0 ? ` (and ${known.unsaid} times more since it was last said)` : "";
  said.delete(sentence);
  said.set(sentence, { at: now, unsaid: 0 });
  if (said.size > maxSentences) for (const oldest of [...said.keys()].slice(0, 1)) said.delete(oldest);
  console.error(`cord serve: ${shortened(sentence, maxLength)}${times}`);
}

function beginMinute(now: number): void {
  const unsaid = minute.said - maxInMinute;
  if (unsaid > 0)
    console.error(`cord serve: ${unsaid} other messages were left out, which came within one minute.`);
  minute = { began: now, said: 0 };
}

const minuteMs = 60_000;
const maxSentences = 100;
const maxInMinute = 200;
const maxLength = 4000;
const said = new Map<string, { at: number; unsaid: number }>();
let minute = { began: Number.NEGATIVE_INFINITY, said: 0 };
