import { variableNamed, variables } from "../../src/core/environment.ts";
import { errors } from "../../src/core/error.ts";
import { version } from "../../src/core/version.ts";
import type { CommandFacts, ProgramFacts, Term } from "./commands.ts";

/**
 * cord.1, in the macros of man(7) that groff and mandoc both have. It has no date, so that the same sources make the same
 * page.
 */
export function manPage({ description, options, more, commands }: ProgramFacts): string {
  const groups = [...Map.groupBy(commands, ({ group }) => group)];
  const lines = [
    `.TH CORD 1 "" "cord ${version}" "User Commands"`,
    ".SH NAME",
    `cord \\- ${inRoff(lowered(description))}`,
    ".SH SYNOPSIS",
    ".B cord",
    ".I COMMAND",
    ".RI [ options ]",
    ".SH DESCRIPTION",
    paragraph(description),
    ...listOf(options),
    ...groups.flatMap(([group, own]) => [`.SH ${quoted(group.toUpperCase())}`, ...own.flatMap(sectionOf)]),
    ".SH ENVIRONMENT",
    ...listOf(ownVariables()),
    ".SH EXIT STATUS",
    ...listOf(exits()),
    ".SH EXAMPLES",
    ...asWritten(more),
  ];
  return `${lines.join("\n")}\n`;
}

function sectionOf({ name, usage, description, args, options, more }: CommandFacts): string[] {
  return [
    `.SS ${quoted(`cord ${name} ${usage}`)}`,
    paragraph(description),
    ...listOf([...args, ...options]),
    ...(more === "" ? [] : [".PP", ...asWritten(more)]),
  ];
}

function listOf(terms: readonly Term[]): string[] {
  return terms.flatMap(({ term, meaning }) => [".TP", `.B ${quoted(term)}`, paragraph(meaning)]);
}

function ownVariables(): Term[] {
  return Object.keys(variables).flatMap((name) => {
    const variable = variableNamed(name);
    return variable?.whose === "cord" ? [{ term: name, meaning: variable.meaning }] : [];
  });
}

function exits(): Term[] {
  const byExit = Map.groupBy(Object.entries(errors), ([, { exit }]) => exit);
  const failures = [...byExit].toSorted(([a], [b]) => a - b);
  return [
    { term: "0", meaning: "done" },
    ...failures.map(([exit, codes]) => ({
      term: String(exit),
      meaning: codes.map(([code]) => code.replaceAll("_", " ")).join(", "),
    })),
  ];
}

/** Lines that are not filled, as examples are. */
function asWritten(text: string): string[] {
  return [".nf", ...text.split("\n").map(lineInRoff), ".fi"];
}

function paragraph(text: string): string {
  return lineInRoff(text.replaceAll("\n", " "));
}

/** A line of text is a request where it begins with a dot or an apostrophe, and a blank one breaks a paragraph. */
function lineInRoff(text: string): string {
  const line = inRoff(text);
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

/** As the one argument of a macro. */
function quoted(text: string): string {
  return `"${inRoff(text).replaceAll('"', '""')}"`;
}

/** Backslashes escape; a bare hyphen may be set as a dash that nobody can paste; what is not ASCII depends on the reader's locale. */
function inRoff(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(
      /[^\0-\x7f]/gu,
      (sign) => `\\[u${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`,
    );
}

function lowered(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, "");
}
