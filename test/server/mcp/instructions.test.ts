import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { toolList } from "../../../src/server/mcp/catalogue.ts";
import { instructions, statelessInstructions } from "../../../src/server/mcp/instructions.ts";
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
    expect(result.instructions).toBe(text);
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

  test("each of its tools has a title for people, where older clients look too", () => {
    for (const { name, title, annotations } of toolList(profile)) {
      expect([name, title]).toEqual([name, expect.stringMatching(/^[A-Z][a-z]+( [a-z]+)*$/)]);
      expect(annotations?.title).toBe(title ?? "");
    }
    expect(new Set(toolList(profile).map(({ title }) => title)).size).toBe(toolList(profile).length);
  });
});

test("a tab without a session is told that nobody renews its leases", () => {
  expect(statelessInstructions).toContain("tasks_extend");
  expect(statelessInstructions).not.toContain("cord renews");
  expect(Buffer.byteLength(statelessInstructions)).toBeLessThan(2000);
});
