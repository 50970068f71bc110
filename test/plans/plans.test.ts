import { describe, expect, test } from "bun:test";
import { readPlan, refusalOf } from "../../src/plans/read.ts";
import { printPlan } from "../../src/plans/print.ts";
import type { Attributes, PlanNode } from "../../src/plans/plan.ts";
import { randomly, type Random } from "../support/random.ts";

const lines = (...text: string[]) => `${text.join("\n")}\n`;

/** Each node on a line with its own, children indented. */
function outline(nodes: readonly PlanNode[], indent = ""): string {
  return nodes
    .map(({ line, label, goal, prompt, after, attributes, children }) => {
      const said = [
        ...(label === null ? [] : [`#${label}`]),
        ...(after ? ["after"] : []),
        ...(Object.keys(attributes).length === 0 ? [] : [JSON.stringify(attributes)]),
        ...(prompt === null ? [] : [JSON.stringify(prompt)]),
      ];
      return `${indent}${line}: ${[goal, ...said].join(" | ")}\n${outline(children, `${indent}  `)}`;
    })
    .join("");
}

function faultsOf(...text: string[]): string[] {
  return readPlan(lines(...text)).faults.map(({ line, text: why }) => `${line}: ${why}`);
}

describe("a plan is read", () => {
  test("from headings and lists: numbered in order, bulleted side by side, nested a level deeper", () => {
    const text = lines(
      "For the board.",
      "",
      "# Landscape {#root model=opus}",
      "",
      "What we know.",
      "",
      "And *more*.",
      "",
      "## Find {#1}",
      "1. Europe",
      "   in two lines {#2 timeout=10m}",
      "",
      "   With a prompt.",
      "2. US",
      "   - Payments",
      "   - [ ] Banking",
      "",
      "<!-- not for agents -->",
      '## Write {needs="#1, #2" tools="Read, Edit" check="test -f \\"a b\\""}',
      "",
      "> 1. Quoted lists",
      "> # and headings",
    );
    const { plan, faults } = readPlan(text, { firstLine: 11 });
    expect(faults).toEqual([]);
    expect(plan.intro).toBe("For the board.");
    expect(outline(plan.nodes)).toBe(
      lines(
        '13: Landscape | #root | {"model":"opus"} | "What we know.\\n\\nAnd *more*."',
        "  19: Find | #1",
        '    20: Europe in two lines | #2 | {"timeout_seconds":600} | "With a prompt."',
        "    24: US | after",
        "      25: Payments",
        "      26: Banking",
        '  29: Write | {"needs":["1","2"],"allowed_tools":["Read","Edit"],"check":"test -f \\"a b\\""} | "1. Quoted lists\\n# and headings"',
      ),
    );
  });

  test("with braces that are text: inputs, code, and what a backslash stands before", () => {
    const goals = ["Read {target}", "Use {a=b} in {target}", String.raw`Set \{model=opus}`, "Give {}"];
    const { plan, faults } = readPlan(goals.map((goal) => `- ${goal}`).join("\n"));
    expect(faults).toEqual([]);
    expect(plan.nodes.map(({ goal }) => goal)).toEqual([
      "Read {target}",
      "Use {a=b} in {target}",
      "Set {model=opus}",
      "Give {}",
    ]);
  });

  test("with every attribute", () => {
    const { plan, faults } = readPlan(
      lines(
        "- List {#list returns=list}",
        '- Do {#4 needs="#list" model=opus agent=claude returns=list check=\'grep "x" {file}\' type=serial for-each="#list" limit=20 resolve=any retries=2 timeout=90s cwd=web/app allowed_tools="Read,Bash(git *)" rehearse="limit 10s"}',
      ),
    );
    expect(faults).toEqual([]);
    expect(plan.nodes[1]?.attributes).toEqual({
      needs: ["list"],
      model: "opus",
      agent: "claude",
      returns: "list",
      check: 'grep "x" {file}',
      type: "serial",
      for_each: "list",
      limit: 20,
      resolve: "any",
      retries: 2,
      timeout_seconds: 90,
      cwd: "web/app",
      allowed_tools: ["Read", "Bash(git *)"],
      rehearse: "limit 10s",
    } satisfies Attributes);
  });
});

describe("a fault in a plan is told with its line", () => {
  test("when an attribute is unknown, wrong or unreadable", () => {
    expect(
      faultsOf(
        "# One {modle=opus}",
        "## Two {retries=99}",
        '## Three {needs="#1',
        "- Four {type=serial type=parallel}",
        "- {model=opus}",
        "- Six {model=;rm}",
        "- Seven {type=constructor toString=1}",
      ),
    ).toEqual([
      '1: There is no attribute "modle". Write model; or \\{ where the brace is text.',
      '2: retries cannot be "99". It must be a whole number from 0 to 10.',
      '3: The attributes "{needs=\\"#1" cannot be read. Write them as {#label name=value name="more words"} at the end of the goal, or \\{ where the brace is text.',
      "4: type stands twice. Leave one out.",
      "5: This node has no goal. Write what is to be done, in a line, before its attributes.",
      '6: model cannot be ";rm". It must be haiku, sonnet, opus, or a full name such as claude-sonnet-4-5.',
      '7: type cannot be "constructor". It must be one of: parallel, serial.',
      '7: There is no attribute "toString". There are: needs, model, agent, returns, check, type, for_each, limit, resolve, retries, timeout, cwd, tools, rehearse; or \\{ where the brace is text.',
    ]);
  });

  test("when a label stands twice or names nothing", () => {
    expect(faultsOf("- One {#a}", "- Two {#a}")).toEqual([
      "2: #a is the label of the node on line 1 already. Choose another.",
    ]);
    expect(faultsOf('- One {needs="#b"}')).toEqual([
      "1: There is no node #b. Give the node that is meant a label: {#prices} at the end of its goal.",
    ]);
    expect(readPlan('- One {needs="#7"}', { known: new Set(["7"]) }).faults).toEqual([]);
  });

  test("when nodes would wait for each other, over needs, order and what stands below", () => {
    const round =
      "would wait for each other for ever: #a, #b. A node waits for what it needs, and for what stands below it. Leave one of the needs out.";
    expect(faultsOf('- One {#a needs="#b"}', '- Two {#b needs="#a"}')).toEqual([`1: These nodes ${round}`]);
    expect(faultsOf('- One {#a needs="#a"}')).toEqual([
      "1: This node would wait for itself for ever. Leave itself out of its needs.",
    ]);
    expect(faultsOf('1. One {#a needs="#b"}', "2. Two {#b}")).toEqual([`1: These nodes ${round}`]);
    expect(faultsOf("# One {#a}", '## Two {#b needs="#a"}')).toEqual([`2: These nodes ${round}`]);
    expect(faultsOf('# One {#a needs="#b"}', "## Two {#b}")).toEqual([`1: These nodes ${round}`]);
    expect(faultsOf("# One {#a}", '- below {needs="#b"}', "# Two {#b}", '- below {needs="#a"}')[0]).toContain(
      "These nodes would wait for each other for ever: #a, line 2, #b, line 4.",
    );
    expect(faultsOf("# One {#a}", "- below {#c}", "# Two {#b}", '- below {needs="#a #c"}')).toEqual([]);
  });

  test("in one sentence a line, with its file", () => {
    expect(refusalOf("a\u001b[31m.md", readPlan("- One {modle=opus}\n").faults).message).toBe(
      'a.md:1: There is no attribute "modle". Write model; or \\{ where the brace is text.',
    );
  });

  test("when it is too large or too deep, whatever its text", () => {
    const texts = [
      "- ".repeat(400_000),
      Array.from({ length: 900 }, (_, depth) => `${" ".repeat(depth * 2)}- x`).join("\n"),
      "- x\n".repeat(200_000),
      `# ${"x".repeat(900_000)}`,
      `# ${"{a=".repeat(250_000)}`,
      "x".repeat(2_000_000),
      "x\n".repeat(400_000),
    ];
    for (const text of texts) expect(readPlan(text).faults.length).toBeGreaterThan(0);
  });

  test("when blanks stand in a row without an end, which would take minutes to read", () => {
    for (const blank of [" ", "\t", "\u00a0"])
      for (const before of ["a", "- ", "- a\n\n", ""])
        expect(faultsOf("# x", "", before + blank.repeat(60_000) + "y")).toEqual([
          `${before.includes("\n") ? 5 : 3}: More than 250 blanks stand in a row here. Take some out.`,
        ]);
    expect(faultsOf("# x", "", `a${"\n \n".repeat(20_000)}b`)).toEqual([]);
  });
});

test("blanks in a row may be quoted, as they are printed", () => {
  const prompt = `a${" ".repeat(60_000)}b`;
  const [one] = readPlan(lines("1. x", "", `   > ${prompt}`)).plan.nodes;
  expect(one?.prompt).toBe(prompt);
});

const words = [
  "Compare",
  "prices",
  "{x}",
  "{#2}",
  "{model=opus}",
  "C #",
  "#",
  "\\",
  "\\{",
  "1.",
  "-",
  "*",
  "|",
  "`",
  "<div>",
  "<!--",
  "[x]",
  "é",
  '"',
  "'",
  "=",
  ">",
];
const blocks = [
  "Plain words.",
  "- a list",
  "1. one",
  "# heading",
  "> quote",
  "```\ncode",
  "```\ncode\n```",
  "<pre>",
  "<!-- x",
  "    indented",
  "a\n===",
  "| a |\n|---|\n| b |",
  "",
  "\ttab",
  "[x]: y",
  "---",
  "{#3}",
];

function randomNode(random: Random, depth: number, count: { left: number; made: number }): PlanNode {
  count.left -= 1;
  const name = (count.made += 1);
  const text = (from: readonly string[], by: string) =>
    Array.from({ length: 1 + random.int(4) }, () => random.pick(from)).join(by);
  const children: PlanNode[] = [];
  while (depth < 9 && count.left > 0 && random.chance(0.6))
    children.push({
      ...randomNode(random, depth + 1, count),
      after: children.length > 0 && random.chance(0.2),
    });
  return {
    line: 0,
    label: random.chance(0.5) ? `n${name}` : null,
    goal: text(words, " "),
    prompt: random.chance(0.5) ? text(blocks, random.pick(["\n", "\n\n"])) || null : null,
    after: false,
    attributes: {
      ...(random.chance(0.3) ? { check: text(words, random.pick([" ", "\n"])) } : {}),
      ...(random.chance(0.2) ? { model: "opus", retries: 2, timeout_seconds: 5400 } : {}),
    },
    children,
  };
}

function withoutLines(nodes: readonly PlanNode[]): unknown {
  return nodes.map((node) => ({ ...node, line: 0, children: withoutLines(node.children) }));
}

test(
  "what is printed is read as the same plan, whatever its words",
  randomly((random) => {
    for (let round = 0; round < 200; round += 1) {
      const count = { left: 12, made: 0 };
      const nodes: PlanNode[] = [];
      while (count.left > 0 && nodes.length < 4) nodes.push(randomNode(random, 1, count));
      const plan = { intro: random.chance(0.5) ? "An introduction.\n\n- with a list" : null, nodes };
      const text = printPlan(plan);
      const read = readPlan(text);
      expect({
        text,
        faults: read.faults,
        intro: read.plan.intro,
        nodes: withoutLines(read.plan.nodes),
      }).toEqual({
        text,
        faults: [],
        intro: plan.intro,
        nodes: withoutLines(nodes),
      });
    }
  }),
);
