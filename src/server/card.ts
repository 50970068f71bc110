import { version } from "../core/version.ts";

/** The agent card as old clients of the board read it. */
export function agentCard(url: string) {
  return {
    name: "cord",
    description:
      "A local coordinator for parallel AI coding agents: shared tasks, atomic claims, a blocking watch.",
    version,
    url,
    protocolVersion: "0.2",
    capabilities: { streaming: false, pushNotifications: false },
    defaultInputModes: ["application/json"],
    defaultOutputModes: ["application/json"],
    skills: [
      {
        id: "tasks",
        name: "tasks",
        description: "Send, list, claim, complete and cancel tasks.",
        tags: ["coordination"],
      },
      {
        id: "agents",
        name: "agents",
        description: "Heartbeats and the list of known agents.",
        tags: ["presence"],
      },
    ],
  };
}
