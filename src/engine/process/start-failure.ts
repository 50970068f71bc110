import { CordError, messageOf } from "../../core/error.ts";
import { systemCode } from "../../core/system-code.ts";
import type { AgentKind, Launch } from "../agents/agent.ts";
import type { Trouble } from "../hold.ts";
import { diskTrouble, machineNeedsOf, isShortOfProcesses, troubleOfCode } from "../outside.ts";

/** An agent did not start. Where the machine is what stood in its way, the trouble says so. */
export class NotStarted extends CordError {
  readonly trouble: Trouble | null;
  /** a signal ended its shim before it ran: that is not the agent's fault, nor the machine's */
  readonly isCutOff: boolean;

  constructor(
    sentence: string,
    trouble: Trouble | null,
    { isCutOff = false, ...options }: ErrorOptions & { isCutOff?: boolean } = {},
  ) {
    super("failed", sentence, options);
    this.trouble = trouble;
    this.isCutOff = isCutOff;
  }
}

/** Why an agent did not start, and what to do now, from the system's code and message. */
export function startFailure(
  agent: AgentKind,
  launch: Launch,
  { code, message }: { code: string; message: string },
  isCutOff = false,
): NotStarted {
  const sentence = `${agent.label} did not start: ${startReason(code, launch, message)}`;
  return new NotStarted(sentence, troubleOfCode(code, sentence, machineNeedsOf(agent, launch)), { isCutOff });
}

/** An error while a start was prepared: its folder and files are made, and its program is looked for. */
export function notPrepared(agent: AgentKind, launch: Launch, error: unknown): unknown {
  if (error instanceof CordError)
    return error.code === "unavailable"
      ? new NotStarted(error.message, troubleOfCode("ENOENT", error.message, machineNeedsOf(agent, launch)), {
          cause: error,
        })
      : error;
  const code = systemCode(error);
  if (isShortOfProcesses(code)) return startFailure(agent, launch, { code, message: messageOf(error) });
  const sentence = `${agent.label} did not start: ${launch.dir} cannot be written: ${messageOf(error)}.`;
  return new NotStarted(sentence, code === "" ? null : diskTrouble(launch.dir, code), { cause: error });
}

function startReason(code: string, launch: Launch, message: string): string {
  switch (code) {
    case "ENOENT":
      return "its program was not found. Install it, or see that it is on PATH.";
    case "EACCES":
      return "its program may not be executed. Fix its permissions.";
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
