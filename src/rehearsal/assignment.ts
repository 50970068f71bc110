/** What the rehearsal agent reads out of a node's prompt; core/prompt.ts writes it. */
export interface Assignment {
  /** "#4" */
  node: string;
  goal: string;
  phase: "work" | "synthesis";
  task: string;
  /** created before: by an earlier attempt, or, in synthesis, those who handed something in */
  children: Child[];
  /** the word that says what to return: list, boolean, structured…; text where none does */
  returns: string;
}

interface Child {
  node: string;
  status: string;
  goal: string;
}

/** A prompt that is not of cord is a task without a node. */
export function readAssignment(whole: string): Assignment {
  const prompt = withoutNeeds(whole);
  return {
    node: first(prompt, /^You are node (#\d+) of run /m) ?? "#0",
    goal: first(prompt, /^Goal: (.*)$/m) ?? "",
    phase: first(prompt, /^Phase: (\w+)$/m) === "synthesis" ? "synthesis" : "work",
    task: goesOn.test(prompt) ? "" : taskIn(prompt),
    children: childrenIn(prompt),
    returns: returnsIn(prompt),
  };
}

/** A session that goes on has its task already: what it is told of a check that failed is no plan. */
const goesOn = /^(?:Go on\.|Your result does not count yet)/;

function taskIn(prompt: string): string {
  return /^<task-(\w+)>\n([\s\S]*?)\n<\/task-\1>$/m.exec(prompt)?.[2] ?? prompt;
}

/** What others wrote stands before all that is its own, and may read like that. */
function withoutNeeds(prompt: string): string {
  return prompt.replace(/^<result-(\w+) node="#\d+">\n[\s\S]*?\n<\/result-\1>$/gm, "");
}

/** The section stands at the end; a task may hold the same title. */
function returnsIn(prompt: string): string {
  const title = "# What to return\n";
  const said = prompt.slice(Math.max(0, prompt.lastIndexOf(title)));
  return first(said, /^# What to return\n\n(?:An? )?(\w+)/)?.toLowerCase() ?? "text";
}

/** The lines "#5 [complete] goal" of the section about the children. */
function childrenIn(prompt: string): Child[] {
  const section =
    /^# (?:Children you already created|What your children handed in)$([\s\S]*)/m.exec(prompt)?.[1] ?? "";
  return [...section.matchAll(/^(#\d+) \[(\w+)\] (.*)$/gm)].map(([, node = "", status = "", goal = ""]) => ({
    node,
    status,
    goal,
  }));
}

function first(text: string, pattern: RegExp): string | null {
  return pattern.exec(text)?.[1] ?? null;
}
