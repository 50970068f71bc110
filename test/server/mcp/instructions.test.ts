import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { toolList } from "../../../src/server/mcp/catalogue.ts";
import { boardInstructions, instructions } from "../../../src/server/mcp/instructions.ts";
import { rootCaller, tabCaller } from "../../support/clients/tool-caller.ts";
import { daemonHere } from "../../support/machine/daemon.ts";

const profiles = ["board", "tree"] as const;
const Welcome = z.object({
  result: z.object({
    instructions: z.string(),
    serverInfo: z.object({ name: z.literal("cord"), title: z.string().min(1), version: z.string() }),
  }),
});
const hello = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };

describe.each(profiles)("what a client is told before it sees a tool: %s", (profile) => {
  const text = instructions[profile];

  test("comes with its answer to initialize, and the server's name for people", async () => {
    await using daemon = daemonHere();
    const caller = await (profile === "board" ? tabCaller(daemon) : rootCaller(daemon));
    const { result } = Welcome.parse(await caller.ask("initialize", hello));
    const isBoard = profile === "board";
    expect(result.instructions).toBe(isBoard ? boardInstructions({ isKept: true, tabId: null }) : text);
  });

  test("is short, and its first sentence says when to use cord", () => {
    expect(Buffer.byteLength(text)).toBeLessThan(2000);
    const [first = ""] = text.split("\n");
    expect(first).toStartWith("Use cord ");
    expect(first.length).toBeLessThan(250);
  });

  test("names tools that there are, and each by its name", () => {
    const names = new Set(toolList(profile).map(({ name }) => name));
    const parameters = new Set(
      toolList(profile).flatMap(({ inputSchema }) => Object.keys(inputSchema.properties ?? {})),
    );
    const said = text.match(/\b[a-z]+(?:_[a-z]+)+\b/g) ?? [];
    expect(said.length).toBeGreaterThan(0);
    for (const word of said) expect([word, names.has(word) || parameters.has(word)]).toEqual([word, true]);
    const others = profiles.filter((other) => other !== profile).flatMap((other) => toolList(other));
    for (const { name } of others) if (name.includes("_")) expect(text).not.toContain(name);
  });

  test("each of its tools has a title for people, once, where every client looks", () => {
    for (const { name, title, annotations } of toolList(profile)) {
      expect([name, annotations?.title]).toEqual([name, expect.stringMatching(/^[A-Z][a-z]+( [a-z]+)*$/)]);
      expect(title).toBeUndefined();
    }
    const titles = toolList(profile).map(({ annotations }) => annotations?.title);
    expect(new Set(titles).size).toBe(titles.length);
  });
});

test("a client without a bridge is told to say who it is, and not that it is woken; one without a session, that nobody renews its leases", () => {
  const bridgeless = boardInstructions({ isKept: true, tabId: null });
  const stateless = boardInstructions({ isKept: false, tabId: null });
  expect(boardInstructions({ isKept: true, tabId: "tab" })).toBe(instructions.board);
  expect(instructions.board).toContain("agent_id may be left out");
  expect(instructions.board).toContain("you are woken");
  for (const text of [bridgeless, stateless]) {
    expect(text).toContain("it is your agent_id in every call");
    expect(text).not.toContain("woken");
    expect(Buffer.byteLength(text)).toBeLessThan(2000);
  }
  expect(bridgeless).toContain("cord renews");
  expect(stateless).toContain("tasks_extend");
  expect(stateless).not.toContain("cord renews");
});
