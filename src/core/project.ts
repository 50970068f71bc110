import { beginningOf, plain } from "./text.ts";

/**
 * Stands for no project, where one is asked for or named: the user's own board. What is posted there is everybody's;
 * from there only what belongs to no project is seen.
 */
export const ownBoard = "";

/** The project of what is posted: null where none is named, or the user's own board is. */
export function postedIn(project: string | undefined): string | null {
  return project === undefined || project === ownBoard ? null : project;
}

const maxNamed = 3;
const maxLetters = 200;

/** As many projects as are asked for, for elsewhere() to have enough, whichever of them is one's own. */
export const askedProjects = maxNamed + 2;

/** Says that other projects than one's own hold tasks; null if none do. */
export function elsewhere(projects: readonly string[], own: string): string | null {
  const others = projects.filter((project) => project !== own);
  if (others.length === 0) return null;
  const named = others.slice(0, maxNamed).map((name) => JSON.stringify(beginningOf(plain(name), maxLetters)));
  const more = others.length > maxNamed ? " and others" : "";
  return `Other projects on this machine hold tasks: ${named.join(", ")}${more}.`;
}
