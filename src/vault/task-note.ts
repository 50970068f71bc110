import { textOf, type StoredArtifact, type StoredMessage } from "../core/message.ts";
import type { OpenQuestion } from "../core/question.ts";
import type { Task } from "../core/task.ts";
import { block, frontmatter, link, quoted, title, valueBlock } from "./markdown.ts";
import type { TaskRecord } from "./source.ts";

/** The fields of a payload that name other tasks, as the board's users write them. */
const referenceFields = [
  "fixed_bug_id",
  "related_ack",
  "related_bug",
  "bug_id",
  "ack_id",
  "blocked_by",
  "follows_up",
] as const;

const maxReferences = 100;
const maxFileRefs = 100;

/** A task that another names, and as what. */
interface Reference {
  as: string;
  id: string;
}

/** What a task names, in the order its note shows it. */
export function referencesOf(task: Task): Reference[] {
  const references: Reference[] = [];
  if (task.parent_id !== undefined) references.push({ as: "parent", id: task.parent_id });
  for (const id of task.needs ?? []) references.push({ as: "needs", id });
  for (const as of referenceFields)
    for (const id of textsOf(task.payload, as)) references.push({ as, id: id.trim() });
  return references.filter(({ id }) => id !== "").slice(0, maxReferences);
}

/** A task's note. pathOf knows the notes of what it names; paths of agents are known for every agent. */
export function taskNote(
  { task, late, unshown }: TaskRecord,
  pathOf: (reference: string) => string | null,
  agentPath: (agent: string) => string,
): string {
  const parts = [
    frontmatter({
      id: task.id,
      kind: task.kind,
      priority: task.priority,
      state: task.state,
      claimed_by: task.claimed_by,
      created: task.created_at,
      updated: task.updated_at,
      file_refs: textsOf(task.payload, "file_refs").slice(0, maxFileRefs),
    }),
    title(task.name),
  ];
  const related = referencesOf(task).map(({ as, id }) => {
    const path = pathOf(id);
    return `- ${as}: ${path === null ? quoted(id) : link(path)}\n`;
  });
  if (related.length > 0) parts.push(section("Related", related.join("")));
  if (task.prompt !== undefined) parts.push(section("Prompt", block(task.prompt, "text")));
  if (task.payload !== null) parts.push(section("Payload", valueBlock(task.payload)));
  if (task.claimed_by !== null) parts.push(section("Claimed by", `${link(agentPath(task.claimed_by))}\n`));
  if (task.question !== undefined) parts.push(section("Question", questionText(task.question)));
  if (task.reason !== undefined) parts.push(section("Reason", block(task.reason, "text")));
  if (task.result !== null) parts.push(section("Result", valueBlock(task.result)));
  for (const artifact of task.artifacts ?? []) parts.push(section("Artifact", artifactText(artifact)));
  const messages = (task.messages ?? []).map(messageText);
  if (unshown > 0) messages.unshift(`${unshown} more, older or longer: \`cord show ${task.id}\`\n`);
  if (messages.length > 0) parts.push(section("Messages", messages.join("\n")));
  for (const { agent, result } of late)
    parts.push(section("Late result, refused", `${lateBy(agent, agentPath)}${valueBlock(result)}`));
  return parts.join("\n");
}

function section(name: string, text: string): string {
  return `## ${name}\n\n${text}`;
}

function questionText({ question, options }: OpenQuestion): string {
  return [block(question, "text"), ...options.map((option) => `- ${quoted(option)}\n`)].join("");
}

function artifactText(artifact: StoredArtifact): string {
  const said = artifact.description === undefined ? "" : ` ${quoted(artifact.description)}`;
  return `${quoted(artifact.name ?? artifact.artifactId)}${said}\n\n${block(textOf(artifact), "text")}`;
}

function messageText({ at, by, role, ...message }: StoredMessage): string {
  return `${at} ${quoted(by ?? role)}\n\n${block(textOf(message), "text")}`;
}

function lateBy(agent: string | null, agentPath: (agent: string) => string): string {
  return agent === null ? "" : `${link(agentPath(agent))}\n\n`;
}

/** The texts under a field of a payload: one, or a list of them. */
function textsOf(payload: unknown, field: string): string[] {
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) return [];
  const value: unknown = Object.getOwnPropertyDescriptor(payload, field)?.value;
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((text) => typeof text === "string");
}
