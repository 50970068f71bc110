import type { Part } from "../../core/message.ts";
import type { WholeTask } from "../../core/task.ts";

/** A file's bytes are nothing that an agent reads, and cost it every word. */
const maxRaw = 1000;
/** Of all messages together, as JSON. Agents' clients refuse an answer that is much longer. */
const maxCharacters = 60_000;

/** A task as an agent reads it: without the bytes of files, and of its messages the newest that there is room for. */
export function forAgent(task: WholeTask, note: (sentence: string) => void): WholeTask {
  const short: WholeTask = { ...task };
  if (task.artifacts)
    short.artifacts = task.artifacts.map((artifact) => ({
      ...artifact,
      parts: artifact.parts.map(readable),
    }));
  if (!task.messages) return short;
  const messages = task.messages.map((message) => ({ ...message, parts: message.parts.map(readable) }));
  let room = maxCharacters;
  const from = messages.findLastIndex((message, index) => {
    room -= JSON.stringify(message).length;
    return room < 0 && index < messages.length - 1;
  });
  short.messages = messages.slice(from + 1);
  const more = (task.more_messages ?? 0) + from + 1;
  if (more === 0) return short;
  note(
    `Of its messages the older ones are left out, ${more} of them; "cord show ${task.id}" in a shell has them all.`,
  );
  return { ...short, more_messages: more };
}

function readable(part: Part): Part {
  if (part.raw === undefined || part.raw.length <= maxRaw) return part;
  const { raw, ...others } = part;
  return { ...others, text: `(${raw.length} characters of base64; "cord show --json" in a shell has them)` };
}
