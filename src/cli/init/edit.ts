/**
 * How cord's part is put into one kind of file, and taken out again. Pure: text in, text out. Both throw a CordError
 * `invalid` for a text that they do not understand, or whose other parts would change their meaning.
 */
export interface Edit {
  /** The text with cord's part in it; of a file that is not there, a new one. With force a differing part is replaced. */
  put(text: string | undefined, force: boolean): Edited;
  /** The text without cord's part. What `before` (the text before init, where known) had in its place comes back. */
  take(text: string, force: boolean, before: string | undefined): Edited;
  /** True for a text in which nothing is left that anybody could miss. */
  isBare(text: string): boolean;
  /** True when cord's part bears its name, so that it can be told from its owner's own lines without a record. */
  readonly isNamed: boolean;
  /** What to do by hand in a text that cannot be edited; undefined: it could not even be read. */
  byHand(text: string | undefined): ByHand;
}

/** Lines to paste, and the clause that says where: "add this to it". */
export interface ByHand {
  readonly where: string;
  readonly lines: string;
}

/** kept: what stands in the place of cord's part, is not cord's, and was left alone; each a clause for a person. */
export interface Edited {
  readonly text: string;
  readonly kept: readonly string[];
}
