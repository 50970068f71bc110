import { plain } from "../core/text.ts";

/** A name, and what is said of it. Undefined: nothing is known, and the line is left out. */
export type Fact = readonly [name: string, said: string | undefined];

/** A line a fact, what is said one under the other. It is anybody's text, and made safe here. */
export function factLines(facts: readonly Fact[]): string[] {
  return facts.flatMap(([name, said]) =>
    said === undefined ? [] : [`${name.padEnd(nameWidth)}${plain(said)}`],
  );
}

const nameWidth = 10;
