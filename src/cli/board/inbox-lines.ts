import type { Output } from "../../client/client.ts";
import { plain, plainLines } from "../../core/text.ts";
import { painter, type Paint } from "../../tui/terminal/theme.ts";
import { duration } from "../../tui/time.ts";

type Inbox = Output<"messages/list">;
type Message = Inbox["items"][number];
type Watches = Output<"tasks/watch">;

/** An inbox for a person: each message whole under its head, then what else there is, a line each. isPeek: all of it is still unread. */
export function inboxLines(
  { items, notices, more }: Inbox,
  { now, color, isPeek }: { now: number; color: boolean; isPeek: boolean },
): string {
  const paint = painter(color);
  if (items.length + notices.length === 0) return "Your inbox is empty.";
  const messages = items.map((item) => messageLines(item, now, paint));
  const lines = notices.map(({ line, at }) => `${plain(line)}  ${paint("detail", ago(at, now))}`);
  const parts = [...messages, ...(lines.length === 0 ? [] : [lines.join("\n")])];
  const further = isPeek
    ? "There is more: --limit shows more at once."
    : "There is more: cord inbox again shows it.";
  return [...parts, ...(more ? [paint("detail", further)] : [])].join("\n\n");
}

/** A text's lines are indented: none of them looks like another message. */
function messageLines(message: Message, now: number, paint: Paint): string {
  const { number, id, from, about, at, priority, is_new, acked, text } = message;
  const marks = [
    ago(at, now),
    ...(priority === "normal" ? [] : [plain(priority)]),
    ...(about === undefined ? [] : [`about "${plain(about)}"`]),
    ...(acked ? ["acknowledged"] : []),
  ];
  const name = `${number ?? id}  ${plain(from ?? "somebody")}`;
  const head = `${is_new ? paint("strong", name) : name}  ${paint("detail", marks.join(", "))}`;
  return `${head}\n  ${plainLines(text).replaceAll("\n", "\n  ")}`;
}

function ago(at: string, now: number): string {
  return `${duration(Math.max(0, now - Date.parse(at)))} ago`;
}

/** What a watch was made, or ended, as; and the watches that there are. */
export function watchLines({ watch, matching = [], watches }: Watches): string {
  const now = matching.map(({ number, name, state }) => `${number} ${plain(name)} (${state})`);
  const done = watch === null && now.length > 0;
  return [
    ...(now.length > 0 ? [`Matches already: ${now.join("; ")}.`] : []),
    ...(done ? ["So nothing is watched for; --every watches for what comes after it."] : []),
    ...(watches.length === 0 ? ["You have no watches."] : watches.map(watchLine)),
  ].join("\n");
}

function watchLine({ id, filter, once, until, note }: Watches["watches"][number]): string {
  const asked = Object.entries(filter).map(([field, value]) => `${field} ${[value].flat().join(",")}`);
  const rest = [...(once ? [] : ["every match"]), ...(until === undefined ? [] : [`until ${until}`])];
  return plain(
    `${id.slice(0, 13)}  ${[...asked, ...rest].join("; ")}${note === undefined ? "" : `  "${note}"`}`,
  );
}
