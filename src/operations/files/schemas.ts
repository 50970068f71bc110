import { z } from "zod";
import { limits, tabBounds } from "../../core/limits.ts";
import { reservationModes } from "../../core/tab.ts";
import { AgentId } from "../../core/task.ts";

const { min, max, default: minutes } = tabBounds.reservationMinutes;

/** Absolute paths are taken, too, so one may be longer than a pattern. */
export const Paths = z.array(z.string().max(limits.pathLength)).max(tabBounds.patterns);
export const Minutes = z.number().min(min).max(max).default(minutes);
export const Folder = z.string().min(1).max(limits.pathLength);
export const Mode = z.enum(reservationModes);
export const ReservationId = z.string().min(1).max(64);
export const Who = AgentId.optional();
