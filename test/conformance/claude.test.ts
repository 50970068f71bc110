import { afterEach, describe, expect, test } from "bun:test";
import {
  startClaude,
  type ClaudeOptions,
  type ClaudeProcess,
  type Line,
} from "../support/claude/claude-process.ts";
import { startMcpStub, type McpStub } from "../support/clients/mcp-server.ts";
import {
  apiError,
  call,
  calls,
  gate,
  say,
  startModel,
  type Model,
  type Script,
} from "../support/claude/model.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";

/** What cord relies on in Claude Code. When the pinned version changes and one of these fails, the engine must follow. */

const nodePrompt = "You are node #3 of run r1.\nPhase: work\n\nSay hello.";

const started: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).toReversed()) await one.stop();
});

describe("a prompt and an answer", () => {
  test("the prompt goes in by stdin, and the lines that come out are init, assistant, user and result", async () => {
    const { claude, model } = await start(({ step }) =>
      step === 0 ? call("Bash", { command: "echo hello" }) : say("All done."),
    );
    claude.send(nodePrompt);
    const result = await claude.waitForLine(isResult);
    claude.closeStdin();

    expect(await claude.ended).toBe(0);
    expect(claude.lines.map(kind)).toEqual([
      "system/init",
      "assistant",
      "user",
      "assistant",
      "result/success",
    ]);
    expect(result).toMatchObject({
      is_error: false,
      api_error_status: null,
      result: "All done.",
      num_turns: 2,
    });
    expect(result.permission_denials).toEqual([]);
    expect(result.total_cost_usd).toBeGreaterThan(0);
    expect(result.session_id).toBe(claude.lines[0]?.session_id ?? "none");
    expect(model.requests.map(({ node, phase, step }) => ({ node, phase, step }))).toEqual([
      { node: "#3", phase: "work", step: 0 },
      { node: "#3", phase: "work", step: 1 },
    ]);
    expect(model.requests[0]?.prompt).toContain(nodePrompt);
    expect(model.requests[1]?.lastResults).toMatchObject([{ text: "hello", isError: false }]);
  });

  test("a prompt of 300,000 bytes arrives whole", async () => {
    const long = `${nodePrompt}\n${"0123456789".repeat(30_000)}\nthe end`;
    const { claude, model } = await start(() => say("Read."));
    claude.send(long);
    await claude.waitForLine(isResult);
    expect(model.requests[0]?.prompt).toContain(long);
  });

  test("the process stays after a result, and closing stdin ends it", async () => {
    const { claude, model } = await start(({ said }) => say(`I heard ${said.join()}.`));
    claude.send(nodePrompt);
    await claude.waitForLine(isResult);
    claude.send("one more thing");
    await claude.waitForLine((line) => line.result === "I heard one more thing.");
    claude.closeStdin();
    expect(await claude.ended).toBe(0);
    expect(model.requests).toHaveLength(2);
  });

  test("what is written to stdin while it works is in its next request", async () => {
    const firstAnswer = gate();
    const { claude, model } = await start(async ({ step, said }) => {
      if (step === 0) await firstAnswer.opened;
      return said.length > 0 || step > 20 ? say(`I heard ${said.join()}`) : call("Bash", { command: "true" });
    });
    claude.send(nodePrompt);
    await model.waitFor(({ step }) => step === 0);
    claude.send("hurry up\n\nplease");
    firstAnswer.open();
    const result = await claude.waitForLine(isResult);
    expect(result.result).toBe("I heard hurry up\n\nplease");
    expect(claude.lines.filter(isResult)).toHaveLength(1);
  });

  test("SIGTERM ends it with 143 and without a result, also while it waits for the model", async () => {
    const { claude, model } = await start(() => ({ hang: true }));
    claude.send(nodePrompt);
    await model.waitFor(() => true);
    expect([...model.running()]).toEqual(["#3"]);
    claude.kill("SIGTERM");
    expect(await claude.ended).toBe(143);
    expect(claude.lines.some(isResult)).toBe(false);
  });
});

describe("its MCP server", () => {
  test("is called with the token from the environment, under the names that cord expects", async () => {
    const { claude, model, mcp } = await startWithMcp(({ step }) =>
      step === 0 ? call("complete", { result: "42" }) : say("Completed."),
    );
    claude.send(nodePrompt);
    await claude.waitForLine(isResult);
    expect(init(claude)).toMatchObject({ mcp_servers: [{ name: "cord", status: "connected" }] });
    expect(init(claude)?.tools).toContain("mcp__cord__complete");
    expect(model.requests[0]?.tools).toContain("mcp__cord__complete");
    expect(mcp.completed).toEqual(["42"]);
    expect([...mcp.authorizations]).toEqual([`Bearer ${nodeToken}`]);
    expect(mcp.versions).toEqual(["2025-11-25"]);
    expect(model.requests[1]?.lastResults).toMatchObject([{ text: '{"completed":"#1"}', isError: false }]);
  });

  test("is not waited for without alwaysLoad: the first turn runs without its tools", async () => {
    const firstRequest = gate();
    const { claude, model } = await startWithMcp(
      () => {
        firstRequest.open();
        return say("I have no tools.");
      },
      { alwaysLoad: false },
      () => firstRequest.opened,
    );
    claude.send(nodePrompt);
    await claude.waitForLine(isResult);
    expect(init(claude)).toMatchObject({ mcp_servers: [{ name: "cord", status: "pending" }] });
    expect(model.requests[0]?.tools).not.toContain("mcp__cord__complete");
  });

  test("is waited for with alwaysLoad, as long as MCP_CONNECT_TIMEOUT_MS says", async () => {
    // lateness is what is tested here: longer than the five seconds that it waits of itself
    const { claude, model } = await startWithMcp(
      () => say("I have tools."),
      { env: { CORD_TOKEN: nodeToken, MCP_CONNECT_TIMEOUT_MS: "30000" } },
      () => Bun.sleep(6000),
    );
    claude.send(nodePrompt);
    await claude.waitForLine(isResult);
    expect(init(claude)).toMatchObject({ mcp_servers: [{ name: "cord", status: "connected" }] });
    expect(model.requests[0]?.tools).toContain("mcp__cord__complete");
  });

  test("several tools of one turn are all called", async () => {
    const { claude, model, mcp } = await startWithMcp(({ step }) =>
      step === 0
        ? calls([
            ["complete", { result: "a" }],
            ["complete", { result: "b" }],
          ])
        : say("Both."),
    );
    claude.send(nodePrompt);
    await claude.waitForLine(isResult);
    expect(mcp.completed.toSorted()).toEqual(["a", "b"]);
    expect(model.requests[1]?.lastResults).toHaveLength(2);
  });
});

describe("what is allowed", () => {
  test("--disallowedTools takes its own sub-agents away; without it they are there", async () => {
    const own = ["Agent", "Task", "Workflow"];
    const normal = await start(() => say("Hello."));
    normal.claude.send(nodePrompt);
    await normal.claude.waitForLine(isResult);
    expect(init(normal.claude)?.tools).toEqual(expect.arrayContaining(["Task", "Workflow"]));

    const without = await start(() => say("Hello."), { args: ["--disallowedTools", own.join()] });
    without.claude.send(nodePrompt);
    await without.claude.waitForLine(isResult);
    const names = [...(init(without.claude)?.tools ?? []), ...(without.model.requests[0]?.tools ?? [])];
    expect(names).toContain("Bash");
    for (const name of own) expect(names).not.toContain(name);
  });

  test("what would ask for permission is denied, and counted in the result", async () => {
    const { claude } = await start(
      ({ step }) => (step === 0 ? call("Write", { file_path: "/cord-no", content: "" }) : say("Denied.")),
      { args: ["--permission-mode", "default"] },
    );
    claude.send(nodePrompt);
    const result = await claude.waitForLine(isResult);
    expect(result).toMatchObject({ is_error: false, permission_denials: [{ tool_name: "Write" }] });
  });

  test("--max-budget-usd ends the turn with error_max_budget_usd and exit 1", async () => {
    const usage = { input_tokens: 1_000_000, output_tokens: 100 };
    const { claude, model } = await start(() => call("Bash", { command: "true" }, usage), {
      args: ["--max-budget-usd", "0.01"],
    });
    claude.send(nodePrompt);
    const result = await claude.waitForLine(isResult);
    claude.closeStdin();
    expect(result).toMatchObject({ subtype: "error_max_budget_usd", is_error: true });
    expect(result.errors).toEqual(["Reached maximum budget ($0.01)"]);
    expect(result.total_cost_usd).toBeGreaterThan(0.01);
    expect(await claude.ended).toBe(1);
    expect(model.requests).toHaveLength(1);
  });
});

describe("errors of the API", () => {
  test("a rate limit is told by api_retry, and is retried", async () => {
    const { claude, model } = await start((turn) =>
      model.requests[0] === turn ? apiError(429, 1) : say("Here I am."),
    );
    claude.send(nodePrompt);
    const result = await claude.waitForLine(isResult);
    const retry = claude.lines.find(({ subtype }) => subtype === "api_retry");
    expect(retry?.retry_delay_ms).toBeGreaterThanOrEqual(1000);
    expect(retry).toMatchObject({
      attempt: 1,
      max_retries: 10,
      error_status: 429,
      error: "rate_limit",
    });
    expect(result).toMatchObject({ is_error: false, result: "Here I am." });
  });

  test("a wrong key is retried as often as CLAUDE_CODE_MAX_RETRIES says", async () => {
    const { claude } = await start(() => apiError(401), { env: { CLAUDE_CODE_MAX_RETRIES: "1" } });
    claude.send(nodePrompt);
    await claude.waitForLine(isResult);
    expect(claude.lines.find(({ subtype }) => subtype === "api_retry")).toMatchObject({
      max_retries: 1,
      error_status: 401,
      error: "authentication_failed",
    });
  });

  test.each([401, 429, 529])(
    "when %i outlasts the retries the result's subtype is success, is_error is true, and the exit 1",
    async (status) => {
      const { claude } = await start(() => apiError(status), { env: { CLAUDE_CODE_MAX_RETRIES: "0" } });
      claude.send(nodePrompt);
      const result = await claude.waitForLine(isResult);
      claude.closeStdin();
      expect(result).toMatchObject({ subtype: "success", is_error: true, api_error_status: status });
      expect(result.result).toContain(String(status));
      expect(await claude.ended).toBe(1);
    },
  );
});

describe("a session", () => {
  test("named by --session-id goes on with --resume, and its name cannot be used again", async () => {
    const id = crypto.randomUUID();
    const dir = temporaryDirectory("claude");
    const first = await start(() => say("First."), { dir, args: ["--session-id", id] });
    first.claude.send(nodePrompt);
    const line = await first.claude.waitForLine(isResult);
    first.claude.closeStdin();
    await first.claude.ended;
    expect(line.session_id).toBe(id);
    expect(first.model.requests[0]?.session).toBe(id);

    const second = await start(() => say("Second."), { dir, args: ["--resume", id] });
    second.claude.send(nodePrompt.replace("Phase: work", "Phase: synthesis"));
    await second.claude.waitForLine(isResult);
    const turn = second.model.requests[0];
    expect(turn).toMatchObject({ session: id, step: 1, stepSincePrompt: 0, phase: "synthesis" });
    expect(turn?.prompt).toContain(nodePrompt);

    const third = await start(() => say("Third."), { dir, args: ["--session-id", id] });
    expect(await third.claude.ended).toBe(1);
    expect(third.claude.lines).toEqual([]);
    expect(await third.claude.stderr).toContain("is already in use");
  });

  test("that is not there makes --resume end with error_during_execution and exit 1", async () => {
    const { claude, model } = await start(() => say("Never."), { args: ["--resume", crypto.randomUUID()] });
    claude.send(nodePrompt);
    const result = await claude.waitForLine(isResult);
    expect(result).toMatchObject({ subtype: "error_during_execution", is_error: true });
    expect(result.errors?.[0]).toContain("No conversation found with session ID");
    expect(await claude.ended).toBe(1);
    expect(model.requests).toEqual([]);
  });
});

const nodeToken = "token-of-node-3";

async function start(
  script: Script,
  options: Partial<ClaudeOptions> = {},
): Promise<{ claude: ClaudeProcess; model: Model }> {
  const model = await startModel(script);
  const claude = startClaude({ model, dir: options.dir ?? temporaryDirectory("claude"), ...options });
  started.push(model, { stop: () => end(claude) });
  return { claude, model };
}

async function startWithMcp(
  script: Script,
  options: Partial<ClaudeOptions> = {},
  beforeInitialize?: () => Promise<void>,
): Promise<{ claude: ClaudeProcess; model: Model; mcp: McpStub }> {
  const mcp = await startMcpStub(beforeInitialize);
  started.push(mcp);
  return {
    ...(await start(script, {
      mcpUrl: mcp.url,
      env: { CORD_TOKEN: nodeToken },
      args: ["--allowedTools", "mcp__cord"],
      ...options,
    })),
    mcp,
  };
}

/** A test that failed leaves its process running; it must not outlive the test. */
async function end(claude: ClaudeProcess): Promise<void> {
  claude.kill("SIGKILL");
  await claude.ended;
}

function init(claude: ClaudeProcess): Line | undefined {
  return claude.lines.find(({ subtype }) => subtype === "init");
}

function isResult(line: Line): boolean {
  return line.type === "result";
}

function kind({ type, subtype }: Line): string {
  return subtype === undefined ? type : `${type}/${subtype}`;
}
