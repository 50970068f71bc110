import { parkingText } from "./account.ts";
import type { Event } from "./event.ts";
import { shortRun } from "./node-refusal.ts";
import type { Question } from "./question.ts";
import { counted } from "./wording.ts";
import { shortened, plain } from "./text.ts";
import { nodeName, treeStatus } from "./words.ts";

/** What a person is told of who does not watch: they are asked, the run is parked, a node has failed, the run is over. */
const notificationEvents = ["asked", "parked", "failed", "ended"] as const;
type NotificationEvent = (typeof notificationEvents)[number];

/** Something that a person should know of a run. Its texts are safe for a terminal, on one line, and bounded. */
export interface Notification {
  event: NotificationEvent;
  run_id: string;
  goal: string;
  /** #4; null: it is about the run */
  node: string | null;
  text: string;
  /** what a person does about it, as a command line; null: nothing */
  command: string | null;
  /** what is asked: `command` answers it, with one of the options, or other words, for TEXT */
  question: { text: string; options: string[]; default: string | null } | null;
}

/** The run that notifications are about. */
export interface NotifiedRun {
  id: string;
  goal: string;
}

/** What a person is told of an event of a run; null: nothing. now: milliseconds, for times of day. */
export function notificationOf(event: Event, run: NotifiedRun, now: number): Notification | null {
  const short = shortRun(run.id);
  const of = (number: number) => ({ ...about(run), node: nodeName(number) });
  switch (event.type) {
    case "task.created": {
      const { question, parent } = event.data;
      if (question === undefined || question.target !== "human" || event.number === null) return null;
      return {
        ...of(event.number),
        event: "asked",
        text: asks(parent ?? null, question),
        command: `cord answer ${event.number} --run ${short} TEXT`,
        question: safeQuestion(question),
      };
    }
    case "run.proposed": {
      const { parent, children } = event.data;
      return {
        ...of(parent),
        event: "asked",
        text: `${nodeName(parent)} has planned ${counted(children, "part")}, which wait for your approval`,
        command: `cord approve ${parent} --run ${short}`,
      };
    }
    case "run.parked": {
      const { reason, until } = event.data;
      return {
        ...about(run),
        event: "parked",
        text: line(parkingText({ reason, until }, now)),
        command: `cord resume ${short}`,
      };
    }
    case "task.failed":
      if (event.number === null) return null;
      return {
        ...of(event.number),
        event: "failed",
        text: line(`${nodeName(event.number)} failed: ${event.data.reason}`),
        command:
          event.number === 1 ? `cord run --resume ${short}` : `cord retry ${event.number} --run ${short}`,
      };
    case "run.ended": {
      const how = event.data.state === null ? "over" : treeStatus(event.data.state);
      const text = line(`Run ${short} is ${how}: ${run.goal}`);
      return { ...about(run), event: "ended", text, command: `cord report ${short}` };
    }
    default:
      return null;
  }
}

/** What a person is told when a run stops before its end; why: a sentence. */
export function stoppedNotification(run: NotifiedRun, why: string): Notification {
  const short = shortRun(run.id);
  const text = line(`Run ${short} has stopped: ${why}`);
  return { ...about(run), event: "ended", text, command: `cord run --resume ${short}` };
}

function about({ id, goal }: NotifiedRun) {
  return { run_id: id, goal: line(goal), node: null, question: null };
}

function asks(asker: number | null, { question, options, default: fallback }: Question): string {
  const who = asker === null ? "A node" : nodeName(asker);
  const hints = [
    ...(options.length === 0 ? [] : [options.join(" | ")]),
    ...(fallback === null ? [] : [`default: ${fallback}`]),
  ];
  return line(`${who} asks: ${question}${hints.length === 0 ? "" : ` (${hints.join("; ")})`}`);
}

function safeQuestion({ question, options, default: fallback }: Question): Notification["question"] {
  return {
    text: line(question),
    options: options.map(line),
    default: fallback === null ? null : line(fallback),
  };
}

const maxLength = 600;

function line(text: string): string {
  return shortened(plain(text), maxLength);
}
