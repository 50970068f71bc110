import { CordError } from "./error.ts";
import { beginningOf, plain } from "./text.ts";
import { limits } from "./limits.ts";

/**
 * What an agent may use beside cord's own tools: `Read`, `mcp__github__get_issue`, or a part of what a tool does, as Claude Code
 * writes it: `Bash(git log *)`. A comma would begin another tool.
 */
export const toolPattern = new RegExp(
  `^(?=.{1,${limits.wordLength}}$)[A-Za-z][\\w-]*(?:\\([^(),\\p{Cc}]+\\))?$`,
  "u",
);

/** The tool of such a rule: `Bash` of `Bash(git log *)`. */
export function toolOf(rule: string): string {
  return rule.replace(/\(.*$/s, "");
}

/** Whether it is a tool of an MCP server, and none that is built into an agent. */
export function isOfServer(rule: string): boolean {
  return rule.startsWith("mcp__");
}

/**
 * What a child may use: what is asked for, of what its parent may; all of that where nothing is asked for. undefined: everything.
 * Throws `not_allowed` for more.
 */
export function allowedBelow(
  asked: readonly string[] | undefined,
  parent: readonly string[] | undefined,
): string[] | undefined {
  if (parent === undefined) return asked === undefined ? undefined : [...new Set(asked)];
  if (asked === undefined) return [...parent];
  const beyond = asked.find((rule) => !parent.includes(rule) && !parent.includes(toolOf(rule)));
  if (beyond !== undefined)
    throw new CordError(
      "not_allowed",
      `A child of a node that may use ${parent.join(", ")} may not use ${plain(beginningOf(beyond, 100))}. Leave it out of allowed_tools.`,
    );
  return [...new Set(asked)];
}
