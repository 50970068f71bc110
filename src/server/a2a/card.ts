import { plain, shortened } from "../../core/text.ts";
import { version } from "../../core/version.ts";
import { operations } from "../../operations/list.ts";
import { boardExtension } from "./extension.ts";
import { mediaTypes } from "./media-types.ts";

/** What the cards say of this daemon. */
interface CardSubject {
  /** as its client has called it: http://host:port */
  origin: string;
  /** no token is asked for */
  isOpen: boolean;
  pushes: boolean;
}

interface Skill {
  id: string;
  name: string;
  description: string;
  tags: string[];
  examples?: string[];
}

/** A card of A2A 1.0, and nothing else. */
export function pureCard(subject: CardSubject, agents: readonly PresentAgent[] = []) {
  const url = `${subject.origin}/a2a`;
  return {
    name: "cord",
    description,
    supportedInterfaces: [
      { url, protocolBinding: "JSONRPC", protocolVersion: "1.0" },
      { url, protocolBinding: "HTTP+JSON", protocolVersion: "1.0" },
      { url, protocolBinding: "JSONRPC", protocolVersion: "0.3" },
    ],
    version,
    capabilities: capabilitiesOf(subject),
    ...(subject.isOpen
      ? {}
      : {
          securitySchemes: { bearer: { httpAuthSecurityScheme: { scheme: "Bearer", description: token } } },
          securityRequirements: [{ schemes: { bearer: { list: [] } } }],
        }),
    defaultInputModes: [...mediaTypes],
    defaultOutputModes: [...mediaTypes],
    skills: [...skills, ...agents.map(skillOf)],
  };
}

/** A card that clients of either generation read: each passes over what is the other's. */
export function sharedCard(subject: CardSubject) {
  return {
    ...pureCard(subject),
    url: `${subject.origin}/a2a`,
    preferredTransport: "JSONRPC",
    protocolVersion: "0.3.0",
    ...legacyAccess(subject, { httpAuthSecurityScheme: { scheme: "Bearer", description: token } }),
  };
}

/** The card as clients of the board before this one read it, with what A2A 0.3 says beside it. */
export function boardCard(subject: CardSubject) {
  return {
    name: "cord",
    description: boardDescription,
    version,
    url: "/",
    protocolVersion: "0.3.0",
    preferredTransport: "JSONRPC",
    additionalInterfaces: [{ url: `${subject.origin}/a2a`, transport: "JSONRPC" }],
    ...legacyAccess(subject),
    capabilities: { streaming: false, pushNotifications: false, longPoll: true, leasedClaims: true },
    defaultInputModes: ["application/json"],
    defaultOutputModes: ["application/json"],
    skills: boardSkills.map((id) => ({
      id,
      name: id,
      description: operations[id].summary,
      tags: ["coordination"],
    })),
    compatibility: { a2a: "0.2" },
  };
}

/** An agent that works here now, as agents/list has it. */
export interface PresentAgent {
  id: string;
  name: string;
}

/** Its id and name are its own text. */
function skillOf({ id, name }: PresentAgent): Skill {
  const called = shortened(plain(name === "" ? id : name), 128);
  return {
    id: `agent:${shortened(plain(id), 128)}`,
    name: called,
    description: `${called} is at work here, and takes tasks from the board.`,
    tags: ["agent"],
  };
}

const description =
  "Tasks for coding agents. A message becomes a task on a shared board; an agent at work here claims it, says how it goes, may ask back, and hands in its result as artifacts.";

const boardDescription =
  "A local coordinator for parallel AI coding agents: shared tasks, atomic claims, a blocking watch.";

const token = "The daemon's token, or that of a node of a run.";

const skills: readonly Skill[] = [
  {
    id: "task",
    name: "Do a task",
    description:
      "Takes a message as a task for one of the coding agents here: its text is the task's name and prompt, its data the payload. The result comes as artifacts.",
    tags: ["coding", "tasks"],
    examples: ["Find out why the parser's tests fail on Windows, and fix it."],
  },
  {
    id: "follow",
    name: "Follow work",
    description:
      "Lists tasks by context and state, and streams what becomes of them: those of the board, and the nodes of runs, whose context is the run.",
    tags: ["coordination", "status"],
  },
];

/** What the board before this one listed as skills; its clients look for these ids. */
const boardSkills = [
  "tasks/send",
  "tasks/get",
  "tasks/cancel",
  "tasks/list",
  "tasks/claim",
  "tasks/extend",
  "tasks/reclaim",
  "tasks/complete",
] as const;

function capabilitiesOf({ pushes }: CardSubject) {
  return {
    streaming: true,
    pushNotifications: pushes,
    extendedAgentCard: true,
    extensions: [
      {
        uri: boardExtension,
        description:
          "The board's own methods at POST /: claim, extend, say, ask, complete, heartbeat. A task's metadata says who holds it, and until when.",
        required: false,
      },
    ],
  };
}

/** How A2A 0.3 says what is asked for. */
function legacyAccess({ isOpen }: CardSubject, more: object = {}) {
  const supportsAuthenticatedExtendedCard = true;
  if (isOpen) return { supportsAuthenticatedExtendedCard };
  return {
    supportsAuthenticatedExtendedCard,
    securitySchemes: { bearer: { type: "http", scheme: "Bearer", description: token, ...more } },
    security: [{ bearer: [] }],
  };
}

/** The address is that by which it was called: the guard has seen that it is the daemon's. */
export function subjectOf(request: Request, isOpen: boolean, pushes: boolean): CardSubject {
  return { origin: `http://${request.headers.get("host") ?? new URL(request.url).host}`, isOpen, pushes };
}
