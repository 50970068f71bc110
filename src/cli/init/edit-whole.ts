import type { Edit } from "./edit.ts";

/** Edits a file that is cord's as a whole. It is told from others' by its first line. */
export function wholeEdit(text: string): Edit {
  const [mark = ""] = text.split("\n");
  const isCords = (held: string) => held.startsWith(mark);
  return {
    put(held, force) {
      if (held === undefined || held.trim() === "" || held === text) return { text, kept: [] };
      if (force) return { text, kept: [] };
      return {
        text: held,
        kept: [isCords(held) ? "it is another version, or was edited" : "it is not cord's"],
      };
    },
    take(held, force, before) {
      if (!isCords(held)) return { text: held, kept: [] };
      if (held !== text && !force) return { text: held, kept: ["it is another version, or was edited"] };
      return { text: before ?? "", kept: [] };
    },
    isBare: (held) => held.trim() === "",
    isNamed: true,
    byHand: () => ({ where: "make it of this", lines: text.trimEnd() }),
  };
}
