import { CordError, messageOf } from "../../core/error.ts";
import { plain, plainLines } from "../../core/text.ts";
import { isSkillName } from "../../core/skill-name.ts";
import { builtInSkills } from "../../plans/built-in.ts";
import type { Skill } from "../../plans/plan.ts";
import { findSkill } from "../../plans/skills.ts";
import { skillFiles, skillsIn } from "../../system/cord-folder.ts";
import { isTrusted, trust } from "../../system/trusted-files.ts";
import { outputLook, print, printJson, tell } from "../output.ts";
import { table, type Column } from "../table.ts";

/** A line of the list. A skill with faults stands in it, with the first of them. */
interface Listed {
  name: string;
  description: string;
  inputs: Skill["inputs"];
  from: "project" | "user" | "cord";
  /** null: it comes with cord */
  file: string | null;
  fault: string | null;
}

/** The skill that a name means in a folder. Throws what findSkill does. */
export function skillHere(cwd: string, name: string): ReturnType<typeof findSkill> {
  const known = skillsIn(cwd).map((one) => one.name);
  return findSkill(name.replace(/^@/, ""), skillFiles(cwd, name.replace(/^@/, "")), known);
}

export function listSkills(cwd: string, json: boolean): Promise<void> {
  const files = new Map(
    skillsIn(cwd)
      .toReversed()
      .map((one) => [one.name, one]),
  );
  const names = new Set([...files.keys(), ...Object.keys(builtInSkills)]);
  const skills = [...names].toSorted().map((name) => listed(cwd, name, files.get(name)));
  for (const { fault } of skills) if (fault !== null) tell(plainLines(fault));
  return json ? printJson(skills) : print(table(columns, skills, outputLook()));
}

function listed(cwd: string, name: string, file?: ReturnType<typeof skillsIn>[number]): Listed {
  const about = { name, from: file?.owner ?? "cord", file: file?.path ?? null } as const;
  try {
    if (!isSkillName(name))
      throw new CordError(
        "invalid",
        `${about.file ?? name}: no skill can be called so. Name the file in small letters and digits, with hyphens between words, such as code-review.md.`,
      );
    const { description, inputs } = skillHere(cwd, name).skill;
    return { ...about, description, inputs, fault: null };
  } catch (error) {
    if (!(error instanceof CordError)) throw error;
    return { ...about, description: "(has faults)", inputs: [], fault: messageOf(error) };
  }
}

const columns: readonly Column<Listed>[] = [
  { title: "Skill", rank: 1, cell: ({ name }) => `@${name}` },
  { title: "Inputs", rank: 3, min: 8, cell: ({ inputs }) => inputs.map(inputName).join(" ") },
  { title: "From", rank: 4, cell: ({ from }) => from },
  { title: "What it does", rank: 2, min: 20, cell: ({ description }) => description },
];

/** As help texts write what may be left out. */
function inputName({ name, default: fallback }: Skill["inputs"][number]): string {
  return fallback === null ? name : `[${name}]`;
}

interface How {
  trust: boolean;
  json: boolean;
}

export function showSkill(cwd: string, name: string, how: How): Promise<void> {
  const { skill, file, text, demands } = skillHere(cwd, name);
  if (how.trust && file !== null && !isTrusted(file)) {
    trust(file);
    tell(`Agreed to ${plain(file.path)} as it is now.`);
  }
  if (how.json) return printJson({ ...skill, file: file?.path ?? null, text });
  if (file !== null && demands.length > 0 && !isTrusted(file)) {
    for (const line of demands) tell(line);
    tell(`You have not agreed to that yet: cord skills ${skill.name} --trust`);
  }
  return print(plainLines(text));
}
