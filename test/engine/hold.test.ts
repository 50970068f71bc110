import { expect, test } from "bun:test";
import { Hold, type Trouble } from "../../src/engine/hold.ts";

const times = { lookMs: 1, maxMs: 60_000 };

/** A trouble that is fixed when the test says so. */
function trouble(kind: Trouble["kind"], sentence: string) {
  const one = { kind, sentence, isFixed: false, isOver: () => one.isFixed };
  return one;
}

/** A hold, all that it says, and the next thing that it will say. */
function holding(some = times) {
  const said: (string | null)[] = [];
  let next = Promise.withResolvers<string | null>();
  const tell = (word: string | null) => {
    said.push(word);
    next.resolve(word);
    next = Promise.withResolvers();
  };
  const hold = new Hold({ onChange: tell, onGivenUp: (sentence) => tell(`given up: ${sentence}`) }, some);
  return { hold, said, next: () => next.promise };
}

test("a hold opens by itself when all of it is fixed, and says each change once", async () => {
  const { hold, said, next } = holding();
  const [disk, program] = [trouble("disk", "Full."), trouble("program", "Gone.")];
  hold.by(disk);
  hold.by(program);
  hold.by(trouble("disk", "Full still."));
  expect(hold.open).toBe(false);
  disk.isFixed = true;
  expect(await next()).toBe("Gone.");
  program.isFixed = true;
  expect(await next()).toBeNull();
  expect(hold.open).toBe(true);
  expect(said).toEqual(["Full.", "Full. Gone.", "Gone.", null]);
});

test("a look that throws is a no", async () => {
  const { hold, next } = holding();
  let looks = 0;
  hold.by({
    kind: "database",
    sentence: "Full.",
    isOver: () => {
      looks += 1;
      if (looks < 3) throw new Error("still full");
      return true;
    },
  });
  expect(await next()).toBeNull();
  expect(looks).toBe(3);
});

test("what lasts too long is given up, also when it comes back each time it seemed to be over", async () => {
  const { hold, next } = holding({ lookMs: 1, maxMs: 40 });
  hold.by(trouble("disk", "Full."));
  expect(await next()).toBe("given up: Full.");
  const again = holding({ lookMs: 1, maxMs: 40 });
  for (;;) {
    const opened = again.next();
    again.hold.by({ kind: "program", sentence: "Broken.", isOver: () => true });
    if (again.said.at(-1) === "given up: Broken.") break;
    await opened;
    if (again.hold.open === false) await again.next();
  }
  // each wait is twice as long as the one before it
  expect(again.said.length).toBeLessThan(20);
});

test("one that was closed says nothing more", () => {
  const { hold, said } = holding();
  hold.close();
  hold.by(trouble("disk", "Full."));
  expect(said).toEqual([]);
});
