import { z } from "zod";
import { accountBounds, limits } from "./limits.ts";
import { spanOf } from "./wording.ts";
import { windowStatuses } from "./words.ts";

/**
 * An account's allowance for some hours or days, as its API tells of it. utilization: 1 is all of it; null, as with
 * resets_at, where it was not told.
 */
export const UsageWindow = z.object({
  /** the API's own word, such as five_hour */
  name: z
    .string()
    .max(limits.wordLength)
    .regex(/^[a-z0-9_]+$/),
  status: z.enum(windowStatuses),
  utilization: z.number().min(0).max(accountBounds.maxUtilization).nullable(),
  resets_at: z.iso.datetime().nullable(),
});
export type UsageWindow = z.infer<typeof UsageWindow>;

/**
 * Why a run is parked, and until when: its account has used up what it may use in some hours, and has it again then.
 * until: null where that is not known.
 */
export const Parking = z.object({ reason: z.string(), until: z.string().nullable() });
export type Parking = z.infer<typeof Parking>;

/** Stands for the window where an agent said that the allowance is used up, and not which. */
export const unnamedWindow = "allowance";

/** A moment that an API gave, in milliseconds, as it is kept; null for one that cannot be, or is too far off to be true. */
export function resetOf(ms: number, now: number): string | null {
  if (!Number.isFinite(ms) || ms < 0 || ms > now + accountBounds.farthestResetMs) return null;
  return new Date(ms).toISOString();
}

/** Why nothing goes on, and until when: until all windows that are used up are open again. Null: none is. */
export function parkingFor(windows: readonly UsageWindow[]): Parking | null {
  const closed = windows.filter(({ status }) => status === "rejected");
  const [last] = closed.toSorted((one, other) => resetMs(other) - resetMs(one));
  return last === undefined ? null : { reason: usedUp(last.name), until: last.resets_at };
}

/** Of the windows that are used up the one of an unknown end is the last to open. */
function resetMs({ resets_at }: UsageWindow): number {
  return resets_at === null ? Number.POSITIVE_INFINITY : Date.parse(resets_at);
}

/** `the 5-hour window is used up` */
export function usedUp(name: string): string {
  if (name === unnamedWindow) return "the account's allowance is used up";
  const [count, unit, rest] = partsOf(name);
  return unit === null ? `the window ${rest} is used up` : `the ${count}-${unit}${rest} window is used up`;
}

/** `5 h 83 %, resets 16:52`; null: it is not known how much of it is used. */
export function headroomText(window: UsageWindow, now: number): string | null {
  const used = usedText(window);
  if (used === null) return null;
  const [count, unit, rest] = partsOf(window.name);
  const name = unit === null ? rest : `${count} ${unit.charAt(0)}${rest}`;
  const resets = window.resets_at === null ? "" : `, resets ${timeText(Date.parse(window.resets_at), now)}`;
  return `${name} ${used}${resets}`;
}

/** Whether so much of a window is used that people should know. The API warns sooner where it is used up fast. */
export function isShort({ status, utilization }: UsageWindow): boolean {
  return utilization === null ? status !== "allowed" : utilization >= accountBounds.warnAt;
}

function usedText({ status, utilization }: UsageWindow): string | null {
  if (utilization !== null) return `${Math.floor(utilization * 100)} %`;
  if (status === "rejected") return "used up";
  return status === "allowed_warning" ? "nearly used up" : null;
}

/** `limit: the 5-hour window is used up, goes on at 16:52 (43 min)` */
export function parkingText({ reason, until }: Parking, now: number): string {
  if (until === null) return `limit: ${reason}, tries again from time to time`;
  const at = Date.parse(until) + accountBounds.marginMs;
  if (at <= now) return `limit: ${reason}, tries again now`;
  return `limit: ${reason}, goes on at ${timeText(at, now)} (${spanOf(at - now)})`;
}

/** `the 5-hour window is used up, and resets at 16:52` */
export function closedText({ reason, until }: Parking, now: number): string {
  return until === null ? reason : `${reason}, and resets at ${timeText(Date.parse(until), now)}`;
}

/** A moment, for people here: `16:52`, or `Sat 16:52` where that is more than half a day off. */
export function timeText(ms: number, now: number): string {
  const at = new Date(ms);
  const time = `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
  return Math.abs(ms - now) < halfDayMs ? time : `${days[at.getDay()]} ${time}`;
}

const halfDayMs = 43_200_000;
const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

/** Of `seven_day_opus`: 7, day and ` opus`; of a name that is not made so, null and all of it. */
function partsOf(name: string): [count: number, unit: "hour" | "day", rest: string] | [0, null, string] {
  const [first = "", second, ...more] = name.split("_");
  const count = counts.indexOf(first);
  if (count < 0 || (second !== "hour" && second !== "day")) return [0, null, name.replaceAll("_", " ")];
  return [count, second, more.map((word) => ` ${word}`).join("")];
}

const counts = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
