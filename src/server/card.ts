import { version } from "../core/version.ts";
import { operations } from "../operations/list.ts";

/** What the board before this one listed as skills; its clients look for these ids. */
const skills = [
  "tasks/send",
  "tasks/get",
  "tasks/cancel",
  "tasks/list",
  "tasks/claim",
  "tasks/extend",
  "tasks/reclaim",
  "tasks/complete",
] as const;

/** The agent card as old clients of the board read it. */
export function agentCard() {
  return {
    name: "cord",
    description:
      "A local coordinator for parallel AI coding agents: shared tasks, atomic claims, a blocking watch.",
    version,
    url: "/",
    protocolVersion,
    capabilities: { streaming: false, pushNotifications: false, longPoll: true, leasedClaims: true },
    defaultInputModes: ["application/json"],
    defaultOutputModes: ["application/json"],
    skills: skills.map((id) => ({
      id,
      name: id,
      description: operations[id].summary,
      tags: ["coordination"],
    })),
    compatibility: { a2a: protocolVersion },
  };
}

const protocolVersion = "0.2";
