import { CordError } from "../../core/error.ts";
import type { EditedNode } from "../../core/plan.ts";
import type { ReturnType } from "../../core/result.ts";
import { oneLine, shortened } from "../../core/text.ts";
import { limits } from "../../core/limits.ts";
import { filledIn } from "../../plans/inputs.ts";
import { listedBelow, optionsIn, promptOf } from "../../plans/listed.ts";
import type { Skill } from "../../plans/plan.ts";
import { isTrusted, trust } from "../../system/trusted-files.ts";
import { tell } from "../output.ts";
import { agrees } from "../settings/apply.ts";
import { skillHere } from "./skills.ts";
import type { Goal } from "./plan.ts";

/** What a run begins with when a skill has decomposed it. */
export interface SkillGoal extends Goal {
  nodes: EditedNode[];
  root: { model: string | null; agent: string | null; options: Omit<EditedNode["options"], "check"> };
  returns: ReturnType | null;
  check: string | null;
}

interface How {
  isRehearsed: boolean;
  isTrustGiven: boolean;
}

/**
 * The goal of `cord run @review src/`, with all that the skill has below it. Throws `usage` for words that are no inputs, and
 * `not_allowed` for what a project's skill does that its person has not agreed to.
 */
export async function goalOfSkill([name = "", ...words]: readonly string[], how: How): Promise<SkillGoal> {
  const { skill, file, demands } = skillHere(process.cwd(), name);
  if (file !== null && demands.length > 0 && !how.isTrustGiven && !isTrusted(file)) {
    tell(`The skill @${skill.name} is the project's, and you have not agreed to this:`);
    for (const line of demands) tell(`  ${line}`);
    const isThere = process.stdin.isTTY && process.stderr.isTTY;
    if (!isThere || !(await agrees("Run it all the same?")))
      throw new CordError(
        "not_allowed",
        `nothing was started. Read the file; then "cord skills ${skill.name} --trust" agrees to it as it is now, and --trust does so for this run.`,
      );
    trust(file);
  }
  const root = filledIn(skill, inputsOf(skill, words));
  const { returns = null, check = null, model = null, agent = null } = root.attributes;
  const { check: _, ...options } = optionsIn(root);
  const goal = shortened(oneLine(root.goal), limits.nameLength);
  const isCut = root.goal.length > limits.nameLength;
  return {
    goal,
    prompt: promptOf(root, how.isRehearsed) ?? (isCut ? root.goal : null),
    nodes: listedBelow(root, "#1", how.isRehearsed),
    root: { model, agent: how.isRehearsed ? null : agent, options },
    returns,
    check,
  };
}

/** Words for inputs by name, `target=src`, or in their order; the last one takes all that are left. */
function inputsOf({ name, inputs }: Skill, words: readonly string[]): Record<string, string> {
  const given: Record<string, string> = {};
  const names = new Set(inputs.map((input) => input.name));
  const rest: string[] = [];
  for (const word of words) {
    const [, key = "", value = ""] = /^([a-z][\w-]*)=([\s\S]*)$/.exec(word) ?? [];
    if (names.has(key) && given[key] === undefined) given[key] = value;
    else rest.push(word);
  }
  const open = inputs.filter((input) => given[input.name] === undefined);
  for (const [index, input] of open.entries()) {
    const words = index === open.length - 1 ? rest.splice(0) : rest.splice(0, 1);
    if (words.length > 0) given[input.name] = words.join(" ");
  }
  if (rest.length === 0) return given;
  const has = inputs.length === 0 ? "It has no inputs" : `It has ${[...names].join(", ")}, and all are given`;
  throw new CordError(
    "usage",
    `@${name} takes no ${JSON.stringify(rest[0])}. ${has}; "cord skills ${name}" shows it.`,
  );
}
