import { Command } from "@commander-js/extra-typings";
import { currentFolder, jsonOption } from "./options.ts";

export const command = new Command("skills")
  .description("List the skills there are here, or show one: plans that are kept under a name.")
  .argument("[name]", "a skill, such as review")
  .option("--trust", "agree to what a skill of this project runs, as its file is now")
  .addOption(jsonOption())
  .addHelpText(
    "after",
    `
Examples:
  $ cord skills
  $ cord skills review
  $ cord run @review src/

A skill is a Markdown file in .cord/skills/ of a project, or in skills/ of your
own configuration: frontmatter (name, description, inputs) and a plan.`,
  )
  .action(async (name, { trust, json }) => {
    const { listSkills, showSkill } = await import("./run/skills.ts");
    if (name === undefined) return listSkills(currentFolder(), json === true);
    return showSkill(currentFolder(), name, { trust: trust === true, json: json === true });
  });
