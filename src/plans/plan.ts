import type { NodeOptions } from "../core/node-options.ts";
import type { ReturnType } from "../core/result.ts";

/**
 * A tree of work in Markdown, which people write and cord prints (docs/plans.md). Headings and the items of lists are its
 * nodes: numbered, one comes after the other; bulleted, they stand side by side; what is nested is a level deeper. Other
 * blocks are the prompt of the node above them.
 */
export interface Plan {
  /** what stands before the first node; null: nothing */
  intro: string | null;
  nodes: PlanNode[];
}

export interface PlanNode {
  /** of the file, from 1 */
  line: number;
  /** what others need it by: `prices` for `{#prices}`; in the plan of a run the number of the node, `4` */
  label: string | null;
  /** one line */
  goal: string;
  prompt: string | null;
  /** it comes after the node before it among its siblings */
  after: boolean;
  attributes: Attributes;
  children: PlanNode[];
}

/** What the braces at a goal's end say. */
export interface Attributes extends Omit<NodeOptions, "for_each"> {
  /** labels */
  needs?: string[];
  /** a label */
  for_each?: string;
  returns?: ReturnType;
  model?: string;
  agent?: string;
  /** what the rehearsal agent does there, beside nothing: `limit 10s`, `ask Go on?`, `fail` */
  rehearse?: string;
}

/** What is wrong with a plan, and where. */
export interface Fault {
  /** from 1 */
  line: number;
  /** a sentence that says what to write instead */
  text: string;
}

/** A plan that is kept under a name, with what has to be said each time. */
export interface Skill {
  name: string;
  /** one line */
  description: string;
  inputs: Input[];
  /** its children are the plan's nodes */
  root: PlanNode;
}

export interface Input {
  name: string;
  /** one line; null: its name says it all */
  description: string | null;
  /** null: it has to be said */
  default: string | null;
}
