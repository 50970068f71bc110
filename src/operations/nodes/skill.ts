import { isPaid } from "../../core/agents.ts";
import { CordError } from "../../core/error.ts";
import type { EditedNode } from "../../core/plan.ts";
import { nodeName } from "../../core/words.ts";
import { skillFiles, skillsIn } from "../../system/cord-folder.ts";
import { isTrusted } from "../../system/trusted-files.ts";

interface Wanted {
  skill: string;
  inputs: Readonly<Record<string, string>>;
  /** where the run works; null: nobody knows, and only the user's skills and cord's own are there */
  folder: string | null;
  /** the number of the node that it goes below */
  parent: number;
  /** of the run */
  agent: string;
}

/**
 * A skill as a list of nodes below another, its root first. Throws `not_found` and `invalid` as findSkill and filledIn do, and
 * `not_allowed` for what a project's skill does that a person has not agreed to.
 */
export async function nodesOfSkill({
  skill: given,
  inputs,
  folder,
  parent,
  agent,
}: Wanted): Promise<EditedNode[]> {
  // few agents expand a skill: what reads one is loaded for those
  const [{ findSkill }, { filledIn }, { listedBelow }] = await Promise.all([
    import("../../plans/skills.ts"),
    import("../../plans/inputs.ts"),
    import("../../plans/listed.ts"),
  ]);
  const name = given.replace(/^@/, "");
  const cwd = folder ?? "/";
  const known = skillsIn(cwd).map((one) => one.name);
  const { skill, file, demands } = findSkill(name, skillFiles(cwd, name), known);
  if (file !== null && demands.length > 0 && !isTrusted(file))
    throw new CordError(
      "not_allowed",
      `@${name} is the project's, and runs commands or takes the place of another: a person has to agree to it first, by "cord skills ${name} --trust". Do the work without it, or ask.`,
    );
  const root = filledIn(skill, inputs);
  const above = { ...root, children: [{ ...root, after: false }] };
  return listedBelow(above, nodeName(parent), !isPaid(agent));
}
