import { CordError } from "../core/error.ts";
import { isSkillName } from "../core/skill-name.ts";
import { meantBy } from "../core/spelling.ts";
import { commandText, plain, quoted } from "../core/text.ts";
import { builtInSkills } from "./built-in.ts";
import type { PlanNode, Skill } from "./plan.ts";
import { readSkill } from "./skill.ts";

/** A file of a skill, as system/cord-folder.ts finds it. */
interface SkillFile {
  owner: "project" | "user";
  path: string;
  text: string;
}

/** A skill, with what its file makes cord do that its reader has to have agreed to. */
interface FoundSkill {
  skill: Skill;
  /** null: it comes with cord */
  file: SkillFile | null;
  /** the text of the skill */
  text: string;
  /** what only a person may let a stranger's repository do, a line each; none for the user's own */
  demands: string[];
}

/**
 * The skill of a name: of the nearest of its files, else the one that comes with cord. Throws `not_found`, with the name
 * that was meant, and `invalid` for one that has faults.
 */
export function findSkill(name: string, files: readonly SkillFile[], known: readonly string[]): FoundSkill {
  const [file = null, ...hidden] = files;
  const own = builtInSkill(name);
  const text = file?.text ?? own;
  if (text === null || !isSkillName(name)) throw noSkill(name, known);
  const skill = readSkill(file?.path ?? `@${name}`, name, text);
  const isHiding = hidden.some(({ owner }) => owner === "user") || own !== null;
  return {
    skill,
    file,
    text,
    demands: file?.owner === "project" ? demandsOf(skill, file, isHiding) : [],
  };
}

function builtInSkill(name: string): string | null {
  return Object.hasOwn(builtInSkills, name) ? (builtInSkills[name] ?? null) : null;
}

function demandsOf({ name, root }: Skill, { path }: SkillFile, isHiding: boolean): string[] {
  const commands = commandsIn(root).map(({ line, command }) =>
    plain(`${path}:${line}: runs a command: ${commandText(command)}`),
  );
  return isHiding ? [plain(`${path}:1: takes the place of @${name}`), ...commands] : commands;
}

function commandsIn(node: PlanNode): { line: number; command: string }[] {
  const { check } = node.attributes;
  return [
    ...(check === undefined ? [] : [{ line: node.line, command: check }]),
    ...node.children.flatMap(commandsIn),
  ];
}

const namedLength = 64;

function noSkill(name: string, known: readonly string[]): CordError {
  const names = [...new Set([...known, ...Object.keys(builtInSkills)])];
  const meant = meantBy(name, names);
  const hint = meant === undefined ? '"cord skills" lists those there are' : `Write @${meant}`;
  return new CordError(
    "not_found",
    `There is no skill ${quoted(`@${name}`, namedLength)}. ${hint}; one of yours is a file .cord/skills/NAME.md.`,
  );
}
