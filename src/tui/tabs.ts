import type { Agent } from "../core/task.ts";
import { freshnessTones, tabTones, type Tone } from "./terminal/theme.ts";

/** What is said of agents that are tabs, wherever they are shown. Text of clients is in it, and not made safe here. */

/** Whether the agent is a tab that is open now. */
export function isOpenTab({ is_open }: Agent): boolean {
  return is_open === true;
}

/** What an agent does: a tab what its client says, any other whether it was heard of lately. */
export function doing(agent: Agent): { word: string; tone: Tone } {
  const { state, status } = agent;
  if (!isOpenTab(agent) || state === undefined) return { word: status, tone: freshnessTones[status] };
  return { word: state, tone: tabTones[state] };
}

/** What a tab waits for, where it waits for its person. */
export function awaited(agent: Agent): string | null {
  return isOpenTab(agent) && agent.state === "waiting" ? (agent.waiting_for ?? "its person") : null;
}

/** By what an open tab is woken, in a word or two; null for an agent that is none. */
export function wakeWord(agent: Agent): string | null {
  if (!isOpenTab(agent)) return null;
  if (agent.is_muted === true) return "off";
  if (agent.wake === undefined || agent.wake === "none") return "no";
  return isUsedUp(agent) ? "used up" : agent.wake;
}

/** Whether it has been woken as often as an hour allows. */
export function isUsedUp({ wakes_left }: Agent): boolean {
  return wakes_left === 0;
}

/** The same as a sentence without its subject. Null for an agent that is no open tab. */
export function wakeSentence(agent: Agent): string | null {
  if (!isOpenTab(agent)) return null;
  if (agent.is_muted === true) return "is not woken: its project's configuration says so";
  if (agent.wake === undefined || agent.wake === "none") return "is told at its next activity";
  const { wakes_left = 1 } = agent;
  if (isUsedUp(agent)) return "has been woken as often as an hour allows; it is told at its next activity";
  return `is woken by ${wakeNames[agent.wake]}${agent.wakes_left === undefined ? "" : `, ${wakes_left} more in this hour`}`;
}

const wakeNames = { inbox: "its inbox", queue: "its queue", plugin: "its plugin" } as const;

/** How much of its inbox an agent has not read; null where that is nothing, or not known. */
export function unreadText({ unread = 0 }: Agent): string | null {
  return unread > 0 ? `${unread} unread` : null;
}
