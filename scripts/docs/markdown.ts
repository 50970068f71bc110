import type { CommandFacts, ProgramFacts, Term } from "./commands.ts";

/** docs/commands.md. */
export function commandsPage({ description, options, commands }: ProgramFacts): string {
  const groups = [...Map.groupBy(commands, ({ group }) => group)];
  const parts = [
    "# Commands",
    `${description} This page is made from the commands' own definitions, as \`cord COMMAND --help\` and the man page are.`,
    [...options, help].map(line).join("\n"),
    ...groups.flatMap(([group, own]) => [`## ${group}`, tableOf(own), ...own.flatMap(sectionOf)]),
  ];
  return `${parts.join("\n\n")}\n`;
}

const help: Term = { term: "-h, --help", meaning: "show the help of cord, or of the command before it" };

function tableOf(commands: readonly CommandFacts[]): string {
  const rows = commands.map(
    ({ name, summary }) => `| [\`cord ${name}\`](#cord-${name}) | ${escaped(summary)} |`,
  );
  return ["| command | what it does |", "|---|---|", ...rows].join("\n");
}

function sectionOf({ name, usage, description, args, options, more }: CommandFacts): string[] {
  const terms = [...args, ...options].map(line);
  return [
    `### cord ${name}`,
    `\`cord ${name} ${usage}\``,
    escaped(description),
    ...(terms.length === 0 ? [] : [terms.join("\n")]),
    // text, and no shell: a help's examples show results and files too
    ...(more === "" ? [] : [`\`\`\`text\n${more}\n\`\`\``]),
  ];
}

function line({ term, meaning }: Term): string {
  return `- \`${term}\`: ${escaped(meaning)}`;
}

/** What Markdown would take for markup, HTML among it. */
function escaped(text: string): string {
  return text.replace(/[\\`*_<>[\]|]/g, "\\$&");
}
