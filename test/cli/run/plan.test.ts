import { expect, test } from "bun:test";
import { goalOfPlan, goalOfWords, textOf } from "../../../src/cli/run/plan.ts";

const goal = async (text: string) => (await goalOfPlan(text, "plan.md", "")).goal;

const named: [what: string, text: string, goal: string][] = [
  ["its first heading", "Some words.\n\n## Build it ##\n\n# Later\n", "Build it"],
  ["a heading that is underlined", "Build it\n========\n\nWell.\n", "Build it"],
  ["its first line, where there is no heading", "\n\nBuild it\nand well.\n", "Build it"],
  ["no comment in a block of code", "```sh\n# install\n```\n\n# Build it\n", "Build it"],
  ["no line of its frontmatter", "---\n# a comment\ntags: [a]\n---\n# Build it\n", "Build it"],
  ["the title in its frontmatter, without a heading", '---\ntitle: "Build: it"\n---\nWell.\n', "Build: it"],
  ["the body of a note whose frontmatter has no title", "---\ntags: []\n---\n\nBuild it.\n", "Build it."],
  ["what stands between two rules that are no frontmatter", "---\nBuild it.\n\n---\nWell.\n", "Build it."],
];

test.each(named)("a plan's goal is %s", async (_, text, expected) => {
  expect(await goal(text)).toBe(expected);
});

test("a plan keeps all of its text as the prompt, its frontmatter too", async () => {
  const text = "---\ntags: [a]\n---\n# Build it\n\nWell.\n";
  expect((await goalOfPlan(text, "plan.md", "")).prompt).toBe(text);
});

test("a remark stands behind the plan", async () => {
  const { goal, prompt } = await goalOfPlan("# Build it\n\nWell.\n", "plan.md", "but quickly");
  expect({ goal, prompt }).toEqual({
    goal: "Build it",
    prompt: "# Build it\n\nWell.\n\nWho started this adds: but quickly\n",
  });
});

test("a byte order mark goes, and lines of Windows and of old Macs end as all others do", () => {
  expect(textOf(Buffer.from("\ufeff# Build it\r\n\r\nWell.\rYes."), "plan.md")).toBe(
    "# Build it\n\nWell.\nYes.",
  );
});

test("what is no UTF-8 is refused, and no letter is lost", () => {
  expect(() => textOf(Buffer.from([0x47, 0xfc, 0x6e]), "plan.md")).toThrow("plan.md is not in UTF-8");
  expect(() => textOf(Buffer.from("G\0", "utf8"), "plan.md")).toThrow("plan.md is not a text file");
});

test("what the daemon would not take is refused here, also where only its JSON is too long", async () => {
  const quotes = '"'.repeat(600_000);
  await expect(goalOfPlan(quotes, "plan.md", "")).rejects.toThrow("plan.md is larger than");
  expect(() => goalOfWords("x".repeat(1_000_001))).toThrow("The goal is larger than");
  expect(goalOfWords("x".repeat(900_000)).prompt).toHaveLength(900_000);
});

test("a plan of nothing but blanks and frontmatter is empty", async () => {
  await expect(goal("---\ntags: []\n---\n \n")).rejects.toThrow("plan.md is empty");
});
