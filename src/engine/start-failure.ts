import { CordError } from "../core/error.ts";
import type { Agent, Launch } from "./agents/agent.ts";

/** Why an agent did not start, and what to do now, from the system's code and message. */
export function startFailure(
  agent: Agent,
  launch: Launch,
  { code, message }: { code: string; message: string },
): CordError {
  return new CordError("failed", `${agent.label} did not start: ${startReason(code, launch, message)}`);
}

function startReason(code: string, launch: Launch, message: string): string {
  switch (code) {
    case "ENOENT":
      return "its program was not found. Install it, or see that it is on PATH.";
    case "EACCES":
      return "its program may not be executed. Mend its permissions.";
    case "ENOTDIR":
      return `there is no directory ${launch.cwd}. Start the run in one that exists.`;
    case "E2BIG":
      return "its arguments and environment are too long for the system. Take large variables out of the environment.";
    case "EMFILE":
    case "ENFILE":
    case "EAGAIN":
      return `the system has no room for another process (${code}). Use fewer --jobs, or raise ulimit -n and -u.`;
    default:
      return `${message}.`;
  }
}
