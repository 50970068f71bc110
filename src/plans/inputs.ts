import { CordError } from "../core/error.ts";
import { limits } from "../core/limits.ts";
import { shellWord } from "../core/shell-word.ts";
import { meantBy } from "../core/spelling.ts";
import { quoted } from "../core/text.ts";
import type { Fault, Input, PlanNode, Skill } from "./plan.ts";

/**
 * The plan of a skill with its inputs filled in for `{name}`, in goals, prompts, folders and checks. A value is data: it makes
 * no nodes and no attributes, and in a check it is one word of the shell. Throws `invalid` for what is missing or unknown.
 */
export function filledIn({ name, inputs, root }: Skill, given: Readonly<Record<string, string>>): PlanNode {
  const names = inputs.map((input) => input.name);
  const unknown = Object.keys(given).find((one) => !names.includes(one));
  if (unknown !== undefined)
    throw new CordError(
      "invalid",
      `@${name} has no input ${quoted(unknown, limits.wordLength)}. ${names.length === 0 ? "It has none" : `It has: ${names.join(", ")}`}.`,
    );
  const values = new Map<string, string>();
  for (const input of inputs) {
    const value = Object.hasOwn(given, input.name) ? given[input.name] : undefined;
    const filled = value ?? input.default;
    if (filled === null) throw missing(name, input);
    if (filled.length > limits.goalLength)
      throw new CordError(
        "invalid",
        `${input.name} is longer than ${limits.goalLength} characters. Put it into a file, and name that.`,
      );
    values.set(input.name, filled);
  }
  return fill(root, values);
}

function missing(skill: string, { name, description }: Input): CordError {
  const what = description === null ? "" : ` (${description})`;
  return new CordError("invalid", `@${skill} needs ${name}${what}. Say it: ${name}=…`);
}

function fill(node: PlanNode, values: ReadonlyMap<string, string>): PlanNode {
  const put = (text: string) => text.replace(placeholder, (whole, name: string) => values.get(name) ?? whole);
  const { check, cwd } = node.attributes;
  return {
    ...node,
    goal: put(node.goal),
    prompt: node.prompt === null ? null : put(node.prompt),
    attributes: {
      ...node.attributes,
      ...(cwd === undefined ? {} : { cwd: put(cwd) }),
      ...(check === undefined
        ? {}
        : {
            check: check.replace(placeholder, (whole, name: string) => {
              const value = values.get(name);
              return value === undefined ? whole : shellWord(value);
            }),
          }),
    },
    children: node.children.map((child) => fill(child, values)),
  };
}

const placeholder = /\{([a-z][\w-]*)\}/g;

/** Placeholders that are a slip of the pen away from an input, and those that a shell would read as more than a word. */
export function placeholderFaults({ inputs, root }: Pick<Skill, "inputs" | "root">): Fault[] {
  const names = new Set(inputs.map(({ name }) => name));
  return faultsOf(root, names);
}

function faultsOf(node: PlanNode, names: ReadonlySet<string>): Fault[] {
  const { check = "", cwd = "" } = node.attributes;
  const { line } = node;
  const faults: Fault[] = [];
  for (const text of [node.goal, node.prompt ?? "", cwd, check])
    for (const [whole, name = ""] of text.matchAll(placeholder)) {
      const meant = names.has(name) ? undefined : meantBy(name, names);
      if (meant !== undefined)
        faults.push({ line, text: `There is no input for ${whole}. Write {${meant}}.` });
    }
  for (const { 0: whole, 1: name = "", index } of check.matchAll(placeholder))
    if (names.has(name) && isWithinQuotes(check.slice(0, index)))
      faults.push({
        line,
        text: `In a check ${whole} is one word of the shell already. Take away the quotation marks around it.`,
      });
  return [...faults, ...node.children.flatMap((child) => faultsOf(child, names))];
}

function isWithinQuotes(before: string): boolean {
  return [`'`, `"`, "`"].some((mark) => before.split(mark).length % 2 === 0);
}
