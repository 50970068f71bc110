/** What the daemon has to say on stderr, which is its log. The same sentence again within a minute is only counted. */
export function complain(sentence: string): void {
  const now = performance.now();
  const known = said.get(sentence);
  if (known && now - known.at < repeatAfterMs) {
    known.unsaid += 1;
    return;
  }
  const times = known && known.unsaid > 0 ? ` (and ${known.unsaid} times more since it was last said)` : "";
  said.delete(sentence);
  said.set(sentence, { at: now, unsaid: 0 });
  if (said.size > maxSentences) for (const oldest of [...said.keys()].slice(0, 1)) said.delete(oldest);
  console.error(`cord serve: ${sentence}${times}`);
}

const repeatAfterMs = 60_000;
const maxSentences = 100;
const said = new Map<string, { at: number; unsaid: number }>();
