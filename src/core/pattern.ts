import { CordError } from "./error.ts";
import { tabBounds } from "./limits.ts";
import { fold } from "./text.ts";

/**
 * Patterns of files, as reservations have them: paths from the top of a checkout, with "/" between their names. `*` is any
 * letters of a name, `?` is one, and `**` as a name is any folders. What ends in a name without these means that file, or all
 * that is in that folder: with an ending, as `a.ts`, only the file. All other letters mean themselves: `[id]` is a name.
 */
export interface Pattern {
  /** as it was written */
  readonly text: string;
  readonly names: readonly Name[];
}

/** `any`: any number of names. Letters are only there where some of them stand for others. */
type Name = "any" | { readonly text: string; readonly letters: readonly string[] | null };

/**
 * How much is compared at most, in letters and names. What others wrote decides how hard their patterns are: whoever
 * compares many gives them this together.
 */
export interface Effort {
  left: number;
}

/**
 * A pattern as it is stored: without "." and "..", "//" and a "/" at its ends; `v1.2/` is `v1.2/**`. Throws `invalid` for one that leads out of the
 * checkout, or that other programs would read in another way.
 */
export function cleanPattern(given: string): string {
  const text = given.normalize("NFC").trim();
  if (text.length > tabBounds.patternLength)
    throw refused(text, `is longer than ${tabBounds.patternLength} characters`);
  if (/[\p{C}\u2028\u2029]/u.test(text)) throw refused(text, "has control characters");
  if (/\{[^{}]*,[^{}]*\}/.test(text))
    throw refused(text, "has {a,b} in it, and only *, ? and ** are known: give one pattern for each");
  const names: string[] = [];
  for (const name of text.split("/")) {
    if (name === "" || name === ".") continue;
    if (name !== "..") names.push(name === "**" ? name : name.replace(/\*{2,}/g, "*"));
    else if (names.pop() === undefined) throw refused(text, "leads out of the checkout");
  }
  if (text === "") throw refused(text, "is empty");
  const last = names.at(-1);
  if (last === undefined || (/\/\.?$/.test(text) && last !== "**" && (isWild(last) || hasEnding(last))))
    names.push("**");
  return names.join("/");
}

function refused(text: string, why: string): CordError {
  const shown = JSON.stringify(text.slice(0, shownLength).replace(/[\p{C}]/gu, ""));
  return new CordError("invalid", `paths: ${shown} ${why}.`, { data: { parameter: "paths" } });
}

const shownLength = 80;

/** A clean pattern, to be compared. On a disk that ignores case, so do its names. */
export function patternOf(text: string, ignoresCase: boolean): Pattern {
  const names = namesOf(text, ignoresCase, isWild);
  const last = names.at(-1);
  const isFolder = last !== undefined && last !== "any" && last.letters === null && !hasEnding(last.text);
  return { text, names: isFolder ? [...names, "any"] : names };
}

/** Whether no name in a pattern stands for others: it is the path of a file or a folder. */
export function isPath(pattern: string): boolean {
  return !isWild(pattern);
}

/** Whether a name reads as a file's, as `a.ts`; `.github` does not. */
export function hasEnding(name: string): boolean {
  return /[^/]\.[^./]+$/.test(name);
}

/** A path from the top of a checkout: nothing in it stands for anything else. */
export function pathPattern(path: string, ignoresCase: boolean): Pattern {
  return { text: path, names: namesOf(path, ignoresCase, () => false) };
}

function namesOf(text: string, ignoresCase: boolean, isWild: (name: string) => boolean): Name[] {
  const compared = ignoresCase ? fold(text) : text.normalize("NFC");
  return compared.split("/").map((name) => {
    if (!isWild(name)) return { text: name, letters: null };
    return name === "**" ? "any" : { text: name, letters: [...name] };
  });
}

function isWild(name: string): boolean {
  return /[*?]/.test(name);
}

/**
 * Whether there is a path that both mean; of a path, whether the pattern means it. False once the effort is used up, which
 * the caller looks at.
 */
export function overlap(one: Pattern, other: Pattern, effort: Effort): boolean {
  const [ours, theirs] = [one.names, other.names];
  let from = 0;
  for (; from < ours.length && from < theirs.length; from += 1) {
    const [a, b] = [ours[from], theirs[from]];
    if (a === undefined || b === undefined || a === "any" || b === "any") break;
    if (!meet(a, b, effort)) return false;
  }
  return sharePath(ours.slice(from), theirs.slice(from), effort);
}

function sharePath(ours: readonly Name[], theirs: readonly Name[], effort: Effort): boolean {
  return share(
    { length: ours.length, isMany: (at) => ours[at] === "any" },
    { length: theirs.length, isMany: (at) => theirs[at] === "any" },
    (a, b) => {
      const [our, their] = [ours[a], theirs[b]];
      return our !== undefined && their !== undefined && our !== "any" && their !== "any"
        ? meet(our, their, effort)
        : true;
    },
    effort,
  );
}

/** Whether there is a name that both mean. */
function meet(a: Exclude<Name, "any">, b: Exclude<Name, "any">, effort: Effort): boolean {
  effort.left -= 1;
  if (a.letters === null && b.letters === null) return a.text === b.text;
  const [ours, theirs] = [a.letters ?? [...a.text], b.letters ?? [...b.text]];
  const [isOurs, isTheirs] = [a.letters !== null, b.letters !== null];
  return share(
    { length: ours.length, isMany: (at) => isOurs && ours[at] === "*" },
    { length: theirs.length, isMany: (at) => isTheirs && theirs[at] === "*" },
    (i, j) => ours[i] === theirs[j] || (isOurs && ours[i] === "?") || (isTheirs && theirs[j] === "?"),
    effort,
  );
}

/** A sequence of which some parts stand for any number of others. */
interface Sequence {
  length: number;
  isMany(at: number): boolean;
}

/**
 * Whether two sequences can be the same. It looks at each pair of their parts once, however many of them stand for others:
 * `row[b]` says whether the first `a` parts of the one can be the first `b` of the other.
 */
function share(
  one: Sequence,
  other: Sequence,
  isSame: (a: number, b: number) => boolean,
  effort: Effort,
): boolean {
  let before: boolean[] = [];
  for (let a = 0; a <= one.length; a += 1) {
    effort.left -= other.length + 1;
    if (effort.left < 0) return false;
    const row: boolean[] = [];
    for (let b = 0; b <= other.length; b += 1) {
      const isReached =
        (a === 0 && b === 0) ||
        (before[b] === true && (one.isMany(a - 1) || (b < other.length && other.isMany(b)))) ||
        (row[b - 1] === true && (other.isMany(b - 1) || (a < one.length && one.isMany(a)))) ||
        (before[b - 1] === true && !one.isMany(a - 1) && !other.isMany(b - 1) && isSame(a - 1, b - 1));
      row.push(isReached);
    }
    if (!row.includes(true)) return false;
    before = row;
  }
  return before[other.length] === true;
}
