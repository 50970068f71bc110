import { beforeAll, expect, test } from "bun:test";
import { programFacts, type ProgramFacts } from "../../../scripts/docs/commands.ts";
import { manPage } from "../../../scripts/docs/man.ts";

let facts: ProgramFacts;
beforeAll(async () => {
  facts = await programFacts();
});

test("the man page has the name that whatis reads, and a section for each command and flag", () => {
  const lines = manPage(facts).split("\n");
  expect(lines[0]).toMatch(/^\.TH CORD 1 "" "cord \d+\.\d+\.\d+\S*" "User Commands"$/);
  expect(lines.slice(1, 3)).toEqual([".SH NAME", expect.stringMatching(/^cord \\- \w/)]);
  expect(facts.commands.length).toBeGreaterThan(40);
  for (const { name, options } of facts.commands) {
    const begins = lines.findIndex((line) => line.startsWith(`.SS "cord ${name} `));
    expect({ name, begins }).not.toEqual({ name, begins: -1 });
    const after = lines.slice(begins + 1);
    const section = after.slice(
      0,
      after.findIndex((line) => /^\.S[SH]/.test(line)),
    );
    for (const { term } of options) expect(section).toContain(`.B "${term.replaceAll("-", "\\-")}"`);
  }
});

test("the man page is ASCII, with requests that both groff and mandoc know, and with no line that is one by mistake", () => {
  const page = manPage({
    ...facts,
    commands: [
      {
        name: "odd",
        group: "Odd",
        summary: "",
        usage: '"quoted" <path>',
        description: ".so /etc/passwd",
        args: [{ term: "--a-b", meaning: "'tis C:\\new" }],
        options: [],
        more: "Example:\n.sy rm\n\n  ✓ done",
      },
    ],
  });
  expect(page).toMatch(/^[\n -~]*$/);
  const requests = page.split("\n").filter((line) => /^[.']/.test(line));
  const known = /^\.(?:TH|SH|SS|TP|PP|B|I|RI|nf|fi)(?: |$)/;
  expect(requests.filter((line) => !known.test(line))).toEqual([]);
  expect(page).toContain('.SS "cord odd ""quoted"" <path>"\n\\&.so /etc/passwd\n');
  expect(page).toContain('.TP\n.B "\\-\\-a\\-b"\n\\&\'tis C:\\enew\n');
  expect(page).toContain(".nf\nExample:\n\\&.sy rm\n\n  \\[u2713] done\n.fi\n");
});
