import { describe, expect, test } from "bun:test";
import { allowedBelow, toolOf, toolPattern } from "../../src/core/allowed-tools.ts";
import { folderBelow } from "../../src/core/folder.ts";
import { nodeOptionsOf, optionsText, triesOf } from "../../src/core/node-options.ts";

describe("a folder below the run's", () => {
  test.each([
    ["web", "web"],
    ["web/src/", "web/src"],
    ["./web/../api", "api"],
    [".", null],
    ["a b/ü", "a b/ü"],
    ["/work/run/web", "web"],
    ["/work/run", null],
    ["..web", "..web"],
  ])("%p is %p", (given, wanted) => {
    expect(folderBelow(given, "/work/run")).toBe(wanted);
  });

  test.each(["..", "../other", "web/../../x", "/etc", "/work/runner", "a\u0000b", "a\u001b[2Jb", "a\nb"])(
    "and %p is none",
    (given) => {
      expect(() => folderBelow(given, "/work/run")).toThrow("is no folder below the run's");
    },
  );
});

describe("a folder below a run's on Windows", () => {
  const base = "C:\\Users\\ann\\shop";

  test.each([
    ["web\\src", "web/src"],
    ["web/src", "web/src"],
    ["C:\\Users\\ann\\shop\\web", "web"],
    ["c:/users/ANN/shop/Web", "Web"],
    [base, null],
  ])("%p is %p", (given, wanted) => {
    expect(folderBelow(given, base)).toBe(wanted);
  });

  test.each(["..\\x", "D:\\Users\\ann\\shop\\web", "C:\\Users\\ann\\shopper", "\\\\nas\\shop", "/etc"])(
    "and %p is none",
    (given) => {
      expect(() => folderBelow(given, base)).toThrow("is no folder below the run's");
    },
  );

  test("a disk of Windows is none below a folder of another system", () => {
    expect(() => folderBelow("C:\\web", "/work/run")).toThrow("is no folder below the run's");
    expect(folderBelow("web\\src", "/work/run")).toBe("web\\src");
  });
});

describe("what an agent may use", () => {
  test.each(["Read", "Bash(git log *)", "mcp__github__get_issue", "WebFetch(domain:example.org)"])(
    "%p is taken",
    (rule) => expect(rule).toMatch(toolPattern),
  );

  test.each([
    "",
    "--help",
    "Read,Bash",
    "Bash(a, b)",
    "Bash()",
    "Bash(a)(b)",
    "Bash(\u001b[2J)",
    "a".repeat(65),
  ])("%p is not", (rule) => expect(rule).not.toMatch(toolPattern));

  test("goes down the tree and never grows", () => {
    expect(toolOf("Bash(git log *)")).toBe("Bash");
    expect(allowedBelow(undefined, undefined)).toBeUndefined();
    expect(allowedBelow(["Read", "Read"], undefined)).toEqual(["Read"]);
    expect(allowedBelow(undefined, ["Read"])).toEqual(["Read"]);
    expect(allowedBelow([], ["Read"])).toEqual([]);
    expect(allowedBelow(["Bash(git log *)"], ["Read", "Bash"])).toEqual(["Bash(git log *)"]);
    for (const beyond of ["Edit", "Bash", "Bash(rm *)"])
      expect(() => allowedBelow([beyond], ["Read", "Bash(git *)"])).toThrow("may not use");
  });
});

test("options are kept as what there is of them, and a node is tried as often as they say", () => {
  expect(optionsText({ cwd: undefined })).toBeNull();
  expect(nodeOptionsOf({ options: null })).toEqual({});
  const options = { type: "serial", for_each: 3, retries: 0, cwd: "web", allowed_tools: [] } as const;
  expect(nodeOptionsOf({ options: optionsText({ ...options, allowed_tools: [] }) })).toEqual({
    ...options,
    allowed_tools: [],
  });
  expect(() => nodeOptionsOf({ options: '{"retries":-1}' })).toThrow();
  expect([triesOf({}), triesOf({ retries: 0 }), triesOf({ retries: 4 })]).toEqual([2, 1, 5]);
});
