import { z } from "zod";
import { limits } from "./limits.ts";
import { nameIn, quotedIn, shownIn } from "./model-line.ts";
import { reservationModes } from "./tab.ts";
import { listed, spanOf } from "./wording.ts";

/** A reservation of files on the wire: one agent's, in one checkout, until its lease ends. */
export const Reservation = z.object({
  id: z.string(),
  agent: z.string(),
  paths: z.array(z.string()),
  shared: z.boolean().describe("Others may reserve the same, if they share it too"),
  reason: z.string().optional(),
  epoch: z.number().int(),
  until: z.string(),
  folder: z.string().describe("The top of the checkout: in another one it does not hold"),
  mode: z.enum(reservationModes),
  project: z.string().optional(),
  created_at: z.string(),
});
export type Reservation = z.infer<typeof Reservation>;

/** A file that another agent has reserved. */
export const HeldFile = z.object({
  path: z.string(),
  by: z.string(),
  until: z.string(),
  left_ms: z.number().int(),
  reason: z.string().optional(),
  shared: z.boolean(),
  mode: z.enum(reservationModes).describe("What becomes of an edit of it"),
  reservation: z.string(),
});
export type HeldFile = z.infer<typeof HeldFile>;

/** A file that another agent edits, too. */
export const EditedFile = z.object({ path: z.string(), by: z.string(), ago_seconds: z.number().int() });
export type EditedFile = z.infer<typeof EditedFile>;

/** Who holds a file, until when and why: `a.ts is reserved by alice until 14:05 UTC (for 12 min more): "the API"`. */
export function heldBy({ path, by, until, left_ms, reason, shared }: HeldFile): string {
  const why = reason === undefined ? "" : `: ${quotedIn(reason, maxReason)}`;
  const how = shared ? "shared" : "reserved";
  return `${shownPath(path)} is ${how} by ${plainName(by)} until ${clockTime(until)} (for ${spanOf(left_ms)} more)${why}`;
}

/** Why an agent may not edit, and what it does in place of that. */
export function editRefusal(held: readonly HeldFile[], isNode: boolean): string {
  const holders = [...new Set(held.map(({ by }) => plainName(by)))];
  const next = isNode
    ? "Leave it as it is, and say in your result what is left to be done there."
    : `Leave it as it is and do something else: you are told when it is free. To ask for it: messages_send to ${listed(holders, maxNamed)}.`;
  return `${heldLines(held)}. ${next}`;
}

/** What an agent is told of files that others hold and it may edit all the same. */
export function editWarning(held: readonly HeldFile[], isNode: boolean): string {
  const holders = [...new Set(held.map(({ by }) => plainName(by)))];
  const next = isNode
    ? "Better leave it to them, and say in your result what is left to be done there."
    : `Better leave it to them, or ask first: messages_send to ${listed(holders, maxNamed)}.`;
  return `${heldLines(held)}. ${next}`;
}

/** What an agent is told of files that others edit at the same time. */
export function editedTogether(edited: readonly EditedFile[]): string {
  const lines = edited
    .slice(0, maxNamed)
    .map(
      ({ path, by, ago_seconds }) =>
        `${plainName(by)} edited ${shownPath(path)} ${spanOf(ago_seconds * 1000)} ago`,
    );
  const more = edited.length > maxNamed ? ` and ${edited.length - maxNamed} more files` : "";
  return `${lines.join("; ")}${more}. Read it again before you edit it, agree with messages_send, or reserve it with files_reserve.`;
}

function heldLines(held: readonly HeldFile[]): string {
  const more = held.length > maxNamed ? `; and ${held.length - maxNamed} more files are held` : "";
  return held.slice(0, maxNamed).map(heldBy).join("; ") + more;
}

const maxNamed = 3;
const maxReason = 120;
const maxPath = 160;

export function shownPath(path: string): string {
  return shownIn(path, maxPath) || "a file";
}

export function plainName(agent: string): string {
  return nameIn(agent, limits.agentLength);
}

/** `14:05 UTC`, of RFC 3339. */
function clockTime(at: string): string {
  return `${at.slice(11, 16)} UTC`;
}
