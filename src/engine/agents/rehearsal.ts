import { ownExecutable, selfCommand } from "../../system/self.ts";
import { version } from "../../core/version.ts";
import { claudePermissionModes } from "./claude/permission-modes.ts";
import { agentEnvironment, type AgentKind } from "./agent.ts";
import { streamJsonReader, userMessage, vitalMarks } from "./stream-json.ts";
import { streamJsonResults } from "./stream-results.ts";

/** The built-in agent that calls no model. Its program is src/rehearsal/program.ts, run as a hidden command of cord. */
export const rehearsal: AgentKind = {
  name: "rehearsal",
  label: "Rehearsal",
  install: null,
  logIn: "Nothing has to be logged in",
  // it runs no tool, so that each allows the same
  permissionModes: claudePermissionModes,
  version: () => Promise.resolve(version),
  login: () => ({ ways: ["it calls no model"], looked: "", mayBeElsewhere: false }),
  vital: vitalMarks,
  account: () => null,
  locate: ownExecutable,
  untrusted: () => null,
  command: (launch) => ({
    argv: selfCommand("rehearse-agent"),
    env: {
      ...agentEnvironment(launch.env),
      CORD_TOKEN: launch.token,
      CORD_MCP_URL: launch.mcpUrl,
      CORD_SESSION_ID: launch.sessionId,
    },
    stdin: userMessage(launch.prompt),
    keepStdinOpen: true,
  }),
  message: userMessage,
  refusedStart: () => null,
  reader: () => streamJsonReader(),
  results: streamJsonResults,
};
