import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import { operations } from "../../../src/operations/list.ts";
import { toolList, type Profile } from "../../../src/server/mcp/catalogue.ts";
import { daemonHere, type DaemonHere } from "../../support/machine/daemon.ts";
import { rootCaller, tabCaller, type ToolCaller } from "../../support/clients/tool-caller.ts";

/**
 * Refusals in the tool's own words: an agent that is told of a method or a parameter that its tool does not have, such as
 * tasks/claim or agentId, tries that next.
 */

interface Parameter {
  type?: string | string[];
  enum?: string[];
  items?: object;
}

let daemon: DaemonHere;
beforeAll(() => {
  daemon = daemonHere();
});
afterAll(() => daemon.stop());

const profiles = ["board", "tree"] as const;
const tools = profiles.flatMap((profile) =>
  toolList(profile).map((tool) => ({ profile, tool, name: tool.name })),
);

/** A tab, or the root of a run, that has done nothing yet. */
function caller(profile: Profile): Promise<ToolCaller> {
  return profile === "board" ? tabCaller(daemon) : rootCaller(daemon);
}

/** A value of the parameter's type, and some that are not. */
function valueOf(name: string, { type, enum: words }: Parameter): { good: unknown; bad: unknown[] } {
  if (words !== undefined) return { good: words[0], bad: ["nonsense", 3, {}] };
  const long = "x".repeat(1_000_001);
  switch (type) {
    case "string":
      return { good: name.endsWith("id") ? "4711" : "some text", bad: [{ a: 1 }, [], [1], long] };
    case "number":
    case "integer":
      // a call that waits would last
      return { good: name.startsWith("wait") ? 0 : 1, bad: ["soon", {}, [], -1, 1e12] };
    case "boolean":
      return { good: true, bad: ["perhaps", {}, 3] };
    case "array":
      return { good: ["4711"], bad: [{ a: 1 }, "a b, c", [{}], Array.from({ length: 20_000 }, () => "x")] };
    case "object":
      return { good: {}, bad: [3, "x", []] };
    default:
      return { good: "anything", bad: [] };
  }
}

/** Names that somebody who is used to other surfaces of cord, or to other servers, would give. */
const foreignArguments = {
  run_id: "r",
  request_id: "r",
  project: "p",
  ignore_ids: [],
  task_id: "4711",
  xyzzy_plugh: 1,
};

/** The calls that a tool refuses, or may, each with what is said in it by its caller. */
function* callsOf(tool: (typeof tools)[number]["tool"]): Generator<Record<string, unknown>> {
  const properties: [string, Parameter][] = Object.entries(tool.inputSchema.properties ?? {});
  const good = Object.fromEntries(properties.map(([name, schema]) => [name, valueOf(name, schema).good]));
  yield {};
  yield good;
  for (const [name, schema] of properties) {
    const { [name]: value, ...others } = good;
    yield others;
    yield { ...good, [name]: null };
    yield { ...good, [name]: "" };
    for (const bad of valueOf(name, schema).bad) yield { ...good, [name]: bad };
    yield { ...others, [`${name.slice(0, -2)}${name.at(-1)}`]: value };
    yield { ...others, [camelCase(name)]: value };
    yield { ...others, [`${name}s`]: value };
  }
  for (const [name, value] of Object.entries(foreignArguments)) yield { ...good, [name]: value };
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

const methods = new Set(Object.keys(operations));
const fields = new Set(Object.values(operations).flatMap(({ input }) => Object.keys(input.shape)));

/** The names in what a tool said that are neither its own nor its caller's. */
function foreign({ profile, tool }: (typeof tools)[number], said: string, given: object): string[] {
  const own = new Set([
    ...toolList(profile).map(({ name }) => name),
    ...Object.keys(tool.inputSchema.properties ?? {}),
    ...Object.keys(given),
  ]);
  const words = said.match(/[A-Za-z][\w/-]*/g) ?? [];
  return words.filter((word) => {
    if (own.has(word)) return false;
    const looksLikeName = /_|[a-z][A-Z]/.test(word) || word.toLowerCase().startsWith("mcp-");
    return methods.has(word) || looksLikeName || (fields.has(word) && /[A-Z_]/.test(word));
  });
}

describe("a call that does not fit is refused by no name that its tool does not have", () => {
  test.each(tools)("$profile: $name", async (one) => {
    const { profile, tool } = one;
    let refused = 0;
    for (const args of callsOf(tool)) {
      const told = await (await caller(profile)).call(tool.name, args);
      if (!told.isError) continue;
      refused += 1;
      expect([args, told.text, foreign(one, told.text, args)]).toEqual([args, told.text, []]);
    }
    if (tool.inputSchema.required !== undefined) expect(refused).toBeGreaterThan(0);
  });
});

/** What agents do to tasks that are not as they think, each with the tools that it is done by. */
interface Situation {
  profile: Profile;
  /** Makes it so, and gives the arguments. */
  begin(caller: ToolCaller): Promise<Record<string, unknown>>;
  calls: readonly string[];
}

async function sent(caller: ToolCaller, more: object = {}): Promise<string> {
  return String((await caller.call("tasks_send", { name: "work", ...more })).value["id"]);
}

const holding = ["tasks_extend", "tasks_complete", "tasks_fail", "tasks_release", "tasks_say", "tasks_ask"];
const words = { text: "half done", question: "Which?", answer: "red" };
const steering = ["stop", "pause", "resume", "modify", "answer"];

const situations: Record<string, Situation> = {
  "a task that there is not": {
    profile: "board",
    begin: async () => ({ ...words, id: "4711", agent_id: "me" }),
    calls: ["tasks_claim", ...holding, "tasks_cancel", "tasks_answer"],
  },
  "a task that somebody else holds": {
    profile: "board",
    async begin(caller) {
      const id = await sent(caller);
      await daemon.rpc("tasks/claim", { id, agentId: "somebody" });
      return { ...words, id, agent_id: "me" };
    },
    calls: ["tasks_claim", ...holding, "tasks_answer"],
  },
  "a task that nobody holds": {
    profile: "board",
    begin: async (caller) => ({ ...words, id: await sent(caller), agent_id: "me" }),
    calls: holding,
  },
  "a task that has ended": {
    profile: "board",
    async begin(caller) {
      const id = await sent(caller);
      await daemon.rpc("tasks/cancel", { id });
      return { ...words, id, agent_id: "me", needs: [id], name: "next" };
    },
    calls: ["tasks_claim", ...holding, "tasks_cancel", "tasks_send", "tasks_answer"],
  },
  "a task that waits for another": {
    profile: "board",
    async begin(caller) {
      return { id: await sent(caller, { needs: [await sent(caller)] }), agent_id: "me" };
    },
    calls: ["tasks_claim"],
  },
  "a task that was taken over under the same name": {
    profile: "board",
    async begin(caller) {
      const id = await sent(caller);
      await caller.call("tasks_claim", { id, agent_id: "me" });
      await daemon.rpc("tasks/release", { id, agentId: "me" });
      await daemon.rpc("tasks/claim", { id, agentId: "me" });
      return { ...words, id, agent_id: "me" };
    },
    calls: holding.filter((name) => name !== "tasks_extend"),
  },
  "one of several agents, which does not say which": {
    profile: "board",
    async begin(caller) {
      for (const id of ["one", "other"]) await caller.call("agents_heartbeat", { id, name: id });
      return { ...words, id: await sent(caller) };
    },
    calls: ["tasks_claim", ...holding],
  },
  "a task whose question is open": {
    profile: "board",
    async begin(caller) {
      const id = await sent(caller);
      await caller.call("tasks_claim", { id, agent_id: "me" });
      await caller.call("tasks_ask", { id, question: "Which?" });
      return { ...words, question: "Another?", id, agent_id: "me" };
    },
    calls: ["tasks_claim", ...holding],
  },
  "an ack without a name": {
    profile: "board",
    async begin(caller) {
      const id = await sent(caller);
      await caller.call("tasks_claim", { id, agent_id: "me" });
      return { id, post_ack: true };
    },
    calls: ["tasks_complete"],
  },
  "a page that is none": {
    profile: "board",
    begin: async () => ({ cursor: "nonsense" }),
    calls: ["tasks_list"],
  },
  "a need that there is not": {
    profile: "board",
    begin: async () => ({ name: "next", needs: ["4711"] }),
    calls: ["tasks_send"],
  },
  "a node that there is not": {
    profile: "tree",
    begin: async () => ({ node_id: "4711", answer: "yes", goal: "more", needs: ["4711"] }),
    calls: [...steering, "read_node", "create"],
  },
  "the node that calls": {
    profile: "tree",
    begin: async () => ({ node_id: "1", answer: "yes", goal: "more", needs: ["1"] }),
    calls: [...steering, "create"],
  },
  "a node that has ended": {
    profile: "tree",
    async begin(caller) {
      await caller.call("create", { goal: "a part" });
      await caller.call("stop", { node_id: "2" });
      return { node_id: "2", answer: "yes", goal: "more", needs: ["2"] };
    },
    calls: [...steering, "create"],
  },
  "a question of the root to its parent": {
    profile: "tree",
    begin: async () => ({ question: "Which?", target: "parent" }),
    calls: ["ask"],
  },
  "a node whose agent has been replaced": {
    profile: "tree",
    async begin(caller) {
      await caller.call("complete", { result: "done" });
      return { node_id: "1", answer: "yes", goal: "more", question: "Which?", result: "more" };
    },
    calls: [...steering, "create", "ask", "complete"],
  },
};

describe("what cannot be done is refused by no name that its tool does not have", () => {
  const cases = Object.entries(situations).flatMap(([name, { calls }]) =>
    calls.map((tool) => [tool, name] as const),
  );
  test.each(cases)("%s: %s", async (name, situation) => {
    const { profile, begin } = situations[situation] ?? {};
    const one = tools.find((known) => known.profile === profile && known.name === name);
    if (!profile || !begin || !one) throw new Error("There is no such tool.");
    const who = await caller(profile);
    const given = await begin(who);
    const own = new Set(Object.keys(one.tool.inputSchema.properties ?? {}));
    const args = Object.fromEntries(Object.entries(given).filter(([key]) => own.has(key)));
    const told = await who.call(name, args);
    expect([told.isError, foreign(one, told.text, args)]).toEqual([true, []]);
  });
});

describe("a tool that there is not", () => {
  test.each(profiles)("is no call, and is told those that there are: %s", async (profile) => {
    for (const name of ["tasks/claim", "no_such_tool", "\u001b[31m", "x".repeat(5000)]) {
      const answer = await (await caller(profile)).ask("tools/call", { name, arguments: {} });
      const { message } = Refused.parse(answer).error;
      expect(message).toEndWith(
        `There are: ${toolList(profile)
          .map((tool) => tool.name)
          .join(", ")}.`,
      );
      expect(message).not.toContain("\u001b");
      expect(message.length).toBeLessThan(400);
    }
  });
});

const Refused = z.object({ error: z.object({ code: z.literal(-32602), message: z.string() }) });

test("a wait that is longer than clients wait is taken for the longest, and a note says so", async () => {
  const tab = await tabCaller(daemon);
  await tab.call("tasks_send", { name: "there already", kind: "awaited" });
  const told = await tab.call("tasks_list", { kind: "awaited", wait_ms: 600_000 });
  expect(told.text).toContain("wait_ms is 50000 at most: it was taken for that.");
  expect((await tab.call("tasks_list", { kind: "awaited", wait_ms: 50_000 })).text).not.toContain("at most");
  const { inputSchema } = toolList("board").find(({ name }) => name === "tasks_list") ?? {};
  expect(inputSchema?.properties?.["wait_ms"]).toMatchObject({ description: "Up to 50000" });
});
