import { join } from "node:path";
import { agentEnvironment, type AgentKind, type Launch } from "../../../src/engine/agents/agent.ts";
import { processIdentity } from "../../../src/system/process-identity.ts";
import { until } from "../until.ts";

/** The shim as a program of its own, without the rest of cord. */
export const shimPath = [process.execPath, join(import.meta.dir, "hidden-commands.ts"), "shim"];

/** An agent that is a program of the test's: each line that it prints is a "said". */
export function program(argv: string[], keepStdinOpen = false): AgentKind {
  return {
    name: "program",
    label: "The program",
    install: null,
    logIn: "Log in",
    permissionModes: ["default"],
    version: () => Promise.resolve("1"),
    login: () => ({ ways: [], looked: "", mayBeElsewhere: false }),
    account: () => null,
    vital: ["VITAL"],
    locate: () => argv[0] ?? "",
    untrusted: () => null,
    command: ({ prompt, env }) => ({ argv, env: agentEnvironment(env), stdin: prompt, keepStdinOpen }),
    refusedStart: () => null,
    message: (text) => `${text}\n`,
    reader: () => (text) => (text === null ? [] : [{ type: "said", text }]),
    results: () => [],
  };
}

/** A shell script as the agent; it says what it wants on stdout. */
export function script(text: string, keepStdinOpen = false): AgentKind {
  return program(["sh", "-c", text], keepStdinOpen);
}

/** An attempt of some run, with its own directory. */
export function launchIn(dir: string, some: Partial<Launch> = {}): Launch {
  return {
    prompt: "",
    sharedPrompt: 0,
    node: "#4",
    runId: crypto.randomUUID(),
    epoch: 1,
    mcpUrl: "http://127.0.0.1:9/mcp",
    token: "node-token",
    model: null,
    permissionMode: "default",
    allowedTools: null,
    isolate: false,
    budgetUsd: null,
    sessionId: crypto.randomUUID(),
    resume: false,
    cwd: join(import.meta.dir, "../../.."),
    dir,
    env: process.env,
    ...some,
  };
}

/** Resolves when there is no such process any more. There is no event for the end of a process that is nobody's child. */
export function gone(pid: number): Promise<void> {
  return until(`the end of process ${pid}`, () => !isAlive(pid));
}

export function isAlive(pid: number): boolean {
  return processIdentity(pid) !== null;
}
