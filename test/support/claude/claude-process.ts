import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { claudeEnv, claudePath } from "./claude.ts";
import type { Model } from "./model.ts";

/** The real Claude Code, started as the engine starts it, for the tests of what it does. */

export interface ClaudeOptions {
  model: Model;
  /** its home and its working directory */
  dir: string;
  mcpUrl?: string;
  alwaysLoad?: boolean;
  args?: readonly string[];
  env?: Record<string, string>;
  /** a binary other than the pinned one */
  path?: string;
}

/** One line of its output, as far as the tests read it. */
export type Line = z.infer<typeof Line>;

export interface ClaudeProcess {
  pid: number;
  lines: readonly Line[];
  /** Resolves with the first line, past or future, that matches; rejects when the output ends without one. */
  waitForLine(predicate: (line: Line) => boolean): Promise<Line>;
  /** writes a user message to its stdin */
  send(text: string): void;
  closeStdin(): void;
  kill(signal: NodeJS.Signals): void;
  /** its exit code, once all of its output has been read */
  ended: Promise<number>;
  stderr: Promise<string>;
}

export function startClaude(options: ClaudeOptions): ClaudeProcess {
  const { model, dir, args = [], env = {}, path = claudePath() } = options;
  const child = Bun.spawn([path, ...baseArguments, ...mcpArguments(options), ...args], {
    cwd: dir,
    env: { ...claudeEnv(model, dir), ...env },
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  const lines: Line[] = [];
  const waiters = new Set<(line: Line | null) => void>();
  const see = (line: Line | null) => waiters.forEach((waiter) => waiter(line));
  const read = readLines(child.stdout, (line) => {
    lines.push(line);
    see(line);
  }).finally(() => see(null));
  const stderr = new Response(child.stderr).text();
  let over = false;
  const ended = Promise.all([child.exited, read]).then(([code]) => {
    over = true;
    return code;
  });

  return {
    pid: child.pid,
    lines,
    stderr,
    ended,
    waitForLine(predicate) {
      const seen = lines.find(predicate);
      if (seen !== undefined) return Promise.resolve(seen);
      const { promise, resolve, reject } = Promise.withResolvers<Line>();
      const fail = async () =>
        reject(new Error(`No such line. ${await stderr}\n${lines.map(asText).join("\n")}`));
      const waiter = (line: Line | null) => {
        if (line !== null && !predicate(line)) return;
        waiters.delete(waiter);
        if (line === null) void fail();
        else resolve(line);
      };
      if (over) void fail();
      else waiters.add(waiter);
      return promise;
    },
    send(text) {
      const message = { type: "user", message: { role: "user", content: [{ type: "text", text }] } };
      child.stdin.write(`${JSON.stringify(message)}\n`);
      child.stdin.flush();
    },
    closeStdin: () => void child.stdin.end(),
    kill: (signal) => child.kill(signal),
  };
}

const baseArguments =
  "-p --verbose --output-format stream-json --input-format stream-json --permission-mode bypassPermissions".split(
    " ",
  );

const Block = z.looseObject({
  type: z.string(),
  name: z.string().optional(),
  text: z.string().optional(),
  is_error: z.boolean().optional(),
});
const Line = z.looseObject({
  type: z.string(),
  subtype: z.string().optional(),
  session_id: z.string().optional(),
  tools: z.array(z.string()).optional(),
  mcp_servers: z.array(z.object({ name: z.string(), status: z.string() })).optional(),
  // a plain text in some lines of type system
  message: z
    .union([z.string(), z.looseObject({ content: z.union([z.string(), z.array(Block)]) })])
    .optional(),
  is_error: z.boolean().optional(),
  api_error_status: z.number().nullish(),
  error_status: z.number().nullish(),
  attempt: z.number().optional(),
  max_retries: z.number().optional(),
  retry_delay_ms: z.number().optional(),
  result: z.string().optional(),
  errors: z.array(z.string()).optional(),
  total_cost_usd: z.number().optional(),
  num_turns: z.number().optional(),
  permission_denials: z.array(z.looseObject({ tool_name: z.string() })).optional(),
});

/** The configuration that cord gives its agents: the token is named, not written. */
function mcpArguments({ mcpUrl, alwaysLoad = true, dir }: ClaudeOptions): string[] {
  if (mcpUrl === undefined) return [];
  const path = join(dir, "mcp.json");
  const headers = { Authorization: "Bearer ${CORD_TOKEN}" };
  const cord = { type: "http", url: mcpUrl, headers, alwaysLoad };
  writeFileSync(path, JSON.stringify({ mcpServers: { cord } }));
  return ["--mcp-config", path];
}

async function readLines(stream: ReadableStream<Uint8Array>, onLine: (line: Line) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) if (part.trim() !== "") onLine(Line.parse(JSON.parse(part)));
  }
}

function asText(line: Line): string {
  return JSON.stringify(line).slice(0, 300);
}
