import type { AgentKind, AgentEvent, Launch } from "../../../src/engine/agents/agent.ts";
import { startProcess, type AgentProcess } from "../../../src/engine/process/supervise.ts";
import { temporaryDirectory } from "../machine/temporary.ts";
import { launchIn, shimPath } from "./program.ts";
import { Looks } from "../looks.ts";

export interface Started {
  agent: AgentProcess;
  launch: Launch;
  lines: string[];
  /** resolves when the agent has said such a line */
  said(line: string | RegExp): Promise<string>;
}

export async function start(
  agent: AgentKind,
  some: Partial<Launch> & {
    outputCapBytes?: number;
    onUnwritable?: (code: string) => void;
    shimCommand?: string[];
  } = {},
): Promise<Started> {
  const { outputCapBytes, onUnwritable = () => {}, shimCommand = shimPath, ...rest } = some;
  const lines: string[] = [];
  const looks = new Looks();
  const onEvent = (event: AgentEvent) => {
    if (event.type === "said") lines.push(event.text);
    looks.look();
  };
  const attempt = launchIn(rest.dir ?? temporaryDirectory("attempt"), rest);
  const cap = outputCapBytes === undefined ? {} : { outputCapBytes };
  const agentProcess = startProcess({
    agent,
    launch: attempt,
    onEvent,
    onUnwritable,
    shimCommand,
    ...cap,
  });
  await agentProcess.started;
  const said = (wanted: string | RegExp) =>
    looks.until(() => lines.find((one) => (typeof wanted === "string" ? one === wanted : wanted.test(one))));
  return { agent: agentProcess, launch: attempt, lines, said };
}
