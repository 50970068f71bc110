import { afterEach, expect, test } from "bun:test";
import { Silence, type SilenceBounds } from "../../src/engine/silence.ts";

const open: Silence[] = [];
afterEach(() => {
  for (const silence of open.splice(0)) silence.close();
});

/** A silence under bounds of milliseconds, and the next thing that it says. */
function listening(some: Partial<SilenceBounds> = {}) {
  const words: (string | null)[] = [];
  let next = Promise.withResolvers<string | null>();
  const say = (word: string | null) => {
    words.push(word);
    next.resolve(word);
    next = Promise.withResolvers();
  };
  const bounds = { first: 60_000, stall: 60_000, shown: 60_000, ...some };
  const silence = new Silence(bounds, { onNotice: say, onSilent: (reason) => say(`ended: ${reason}`) });
  open.push(silence);
  const ended = async () => {
    while (words.at(-1)?.startsWith("ended") !== true) await next.promise;
    return words.at(-1);
  };
  return { silence, words, next: () => next.promise, ended };
}

test("an agent that prints no line is shown, and then ended", async () => {
  const { words, next } = listening({ first: 30, shown: 10 });
  expect(await next()).toBe("has said nothing for 0 s");
  expect(await next()).toBe("ended: it printed nothing within 0 s of its start");
  expect(words).toHaveLength(2);
});

test("one that printed something and then nothing has the longer bound, and is ended after it", async () => {
  const { silence, ended } = listening({ first: 5, stall: 40 });
  silence.heard();
  expect(await ended()).toBe("ended: it gave no sign of life for 0 s");
});

test("a line takes what was shown away", async () => {
  const { silence, words, next } = listening({ shown: 5 });
  await next();
  silence.heard();
  expect(words).toEqual(["has said nothing for 0 s", null]);
});

test("a tool call under way is life, and is named when it outlasts the bound; its return begins the silence", async () => {
  const { silence, words, next, ended } = listening({ stall: 20, shown: 10 });
  silence.heard();
  silence.called("a", "Bash");
  expect(await next()).toBe("Bash has run for 0 s");
  silence.returned("a");
  await ended();
  expect(words).toContain("has said nothing for 0 s");
});

test("what waits for a known reason, or whose turn is over, is not silent; what it is told wakes it", async () => {
  const { silence, words, next } = listening({ stall: 10, shown: 5 });
  silence.heard();
  silence.waits(60_000);
  const other = listening({ stall: 10 });
  other.silence.heard();
  await other.ended();
  expect(words).toEqual([]);
  silence.rest();
  silence.waits(0);
  const third = listening({ stall: 10 });
  third.silence.heard();
  await third.ended();
  expect(words).toEqual([]);
  silence.stir();
  expect(await next()).toBe("has said nothing for 0 s");
});
