import { Lexer } from "marked";
import { secondsIn } from "../core/duration.ts";
import { readGoalLine } from "../plans/braces.ts";

/** What a node plays in rehearsal beside its work. */
type Mark =
  /** the account's allowance is used up, for so many seconds */
  | { kind: "limit"; seconds: number }
  | { kind: "ask"; question: string }
  /** so many of its tries fail */
  | { kind: "fail"; times: number };

/** The marks in the first line of a task: `{rehearse="ask Go on?; limit 10s"}`. Words that are no mark are given back. */
export function marksIn(task: string): { marks: Mark[]; unknown: string[] } {
  const marks: Mark[] = [];
  const unknown: string[] = [];
  const { rehearse = "" } = readGoalLine(firstLineOf(task)).attributes;
  for (const text of rehearse.split(";").map((part) => part.trim())) {
    const mark = markOf(text);
    if (mark !== null) marks.push(mark);
    else if (text !== "") unknown.push(text);
  }
  return { marks, unknown };
}

function markOf(text: string): Mark | null {
  const [, word = "", rest = ""] = /^(\w+)\s*([\s\S]*)$/.exec(text) ?? [];
  switch (word) {
    case "limit": {
      const seconds = rest === "" ? defaultLimitSeconds : secondsIn(rest);
      return seconds === null ? null : { kind: "limit", seconds };
    }
    case "ask":
      return { kind: "ask", question: rest === "" ? "Go on?" : rest };
    case "fail": {
      const times = rest === "" ? Number.POSITIVE_INFINITY : Number(rest);
      return times >= 1 ? { kind: "fail", times } : null;
    }
    default:
      return null;
  }
}

const defaultLimitSeconds = 10;
/** A goal stands at the beginning. */
const searchedLength = 20_000;

/** The words of the first heading or paragraph. */
function firstLineOf(task: string): string {
  for (const token of new Lexer().blockTokens(task.slice(0, searchedLength), []))
    if (token.type === "heading" || token.type === "paragraph")
      return "text" in token ? String(token.text) : "";
  return "";
}
