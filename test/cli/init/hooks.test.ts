import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { z } from "zod";
import { clients, pricedHooks } from "../../../src/cli/init/clients.ts";
import { jsonEdit, type JsonPart } from "../../../src/cli/init/edit-json.ts";
import { claudeHooks } from "../../../src/core/hook-entries.ts";
import { expectGolden } from "../../support/golden.ts";
import { project, statuses } from "../../support/init-project.ts";

const hooked = ["claude", "codex", "gemini", "opencode", "cursor", "vscode"] as const;
const withHooks = [...hooked, "codex-user"] as const;
type HookedId = (typeof withHooks)[number];
const priced = ["opencode", "cursor", "vscode"] as const;

const parts = Object.entries(claudeHooks).map(([key, value]): JsonPart => ({
  kind: "hook",
  parent: ["hooks"],
  key,
  value,
}));
const edit = jsonEdit(parts);
const Settings = z.object({ hooks: z.record(z.string(), z.array(z.unknown())) });

/** A person's own settings, with hooks of their own at two of cord's events and at one that cord has none for. */
const own = `{
  // mine
  "model": "opus",
  "hooks": {
    "Stop": [
      { "hooks": [{ "type": "command", "command": "say done" }] }, // aloud
    ],
    "PreToolUse": [],
    "Notification": [{ "hooks": [{ "type": "command", "command": "beep" }] }]
  }
}
`;

/** Codex asks its user again for each letter that changes. So these are no golden files to be written anew: they stay. */
const hashes: Readonly<Record<HookedId, string>> = {
  claude: "c53743a28007c8373b5122d67558be855f602f4c9f2bc2afebbcce3921ba5d71",
  codex: "03683ad126df45a24519f5cf39c96db5c096a976f6016f1c4599ad1e2c21ce49",
  "codex-user": "03683ad126df45a24519f5cf39c96db5c096a976f6016f1c4599ad1e2c21ce49",
  gemini: "4baf6adc55b97bd8ab72bed24ff96ad5f288e023d2058f2a9f9de602cc4587bf",
  opencode: "db92ad6d1799bb9ad33ecfebdd3c3ea6adaccd03b31a775dd1054e0fb9b79af8",
  cursor: "84d1d3dd397d95dec4b14a4ccb36acec756797bb0fbea4cb75e959caa193454a",
  vscode: "f922de3063529bf93771151703fbb1d6567423480f276b24ecad83bba73d2b05",
};

describe("the hooks of the clients", () => {
  test.each(withHooks)("of %s are word for word what every cord has written", (id) => {
    const hooks = clients.find((client) => client.id === id)?.hooks;
    if (hooks === undefined) throw new Error(id);
    const { content } = hooks;
    const text = content.format === "text" ? content.text : `${JSON.stringify(content.entries, null, 2)}\n`;
    expectGolden(
      join(import.meta.dir, `golden/hooks/${id === "codex-user" ? "codex" : id}.golden.txt`),
      text,
    );
    expect(new Bun.CryptoHasher("sha256").update(text).digest("hex")).toBe(hashes[id]);
  });

  test("come with Claude Code, Codex and Gemini CLI, and with the others only when they are asked for", () => {
    expect(pricedHooks.map(({ id }) => id).toSorted()).toEqual([...priced].toSorted());
    const { init, files } = project();
    init(hooked);
    const before = Object.keys(files());
    expect(before).toContain(".claude/settings.json");
    expect(before).toContain(".codex/hooks.json");
    expect(files()[".gemini/settings.json"]).toContain("cord hook gemini-edit");
    init(hooked, { priced });
    const added = Object.keys(files()).filter((path) => !before.includes(path) && !path.startsWith(".cord/"));
    expect(added).toEqual([".cursor/hooks.json", ".github/hooks/cord.json", ".opencode/plugin/cord.js"]);
  });

  test("are left alone without the server that they ask, and where nobody wants them", () => {
    for (const flags of [{ hooks: false }, { mcp: false }]) {
      const { init, files } = project();
      init(hooked, { ...flags, priced });
      expect(Object.values(files()).join("\n")).not.toMatch(/hook_edit|cord hook|opencode-follow/);
    }
  });

  test("are undone with everything else, to the last byte", () => {
    const { init, remove, write, files } = project();
    write(".claude/settings.json", own);
    write(".gemini/settings.json", '{"hooks":{"AfterTool":[{"hooks":[]}]}}');
    write(".cursor/hooks.json", '{"version":1,"hooks":{"stop":[{"command":"x"}]}}\n');
    write(".github/workflows/ci.yml", "on: push\n");
    const before = files();
    init(hooked, { priced });
    expect(files()[".claude/settings.json"]).toContain("hook_stop");
    remove();
    expect(files()).toEqual(before);
  });

  test("of one client go with that client", () => {
    const { init, remove, files } = project();
    init(hooked, { priced });
    remove({ ids: ["opencode", "claude"] });
    const left = Object.keys(files());
    expect(left).not.toContain(".opencode/plugin/cord.js");
    expect(left).not.toContain(".claude/settings.json");
    expect(left).toContain(".codex/hooks.json");
    expect(left).toContain(".cursor/hooks.json");
  });

  test("are found by their mark where the record is lost", () => {
    const { init, files } = project();
    init(hooked, { priced });
    const clone = project();
    for (const [path, text] of Object.entries(files()))
      if (!path.startsWith(".cord/")) clone.write(path, text);
    clone.write(".claude/settings.json", clone.read(".claude/settings.json").replace("{", '{\n  "a": 1,'));
    clone.remove();
    expect(JSON.parse(clone.read(".claude/settings.json"))).toEqual({ a: 1 });
    expect(Object.values(clone.files()).join("\n")).not.toMatch(/hook_edit|cord hook|opencode-follow/);
  });
});

describe("what Claude Code may do without asking", () => {
  const read = "mcp__cord__messages_list";
  const Rules = z.object({ permissions: z.object({ allow: z.array(z.string()) }) });
  const path = ".claude/settings.json";

  test("is to read its inbox, beside what its person lets it do", () => {
    const { init, remove, write, files } = project();
    write(path, '{ "permissions": { "allow": ["Bash(ls:*)"], "deny": ["Read(./.env)"] } }\n');
    const before = files();
    init(["claude"]);
    const { allow } = Rules.parse(JSON.parse(files()[path] ?? "")).permissions;
    expect(allow).toEqual(["Bash(ls:*)", read]);
    remove();
    expect(files()).toEqual(before);
  });

  test("is undone where the record is lost, and left to nobody who wants no hooks", () => {
    const { init, files } = project();
    init(["claude"]);
    const clone = project();
    clone.write(path, (files()[path] ?? "").replace(`"${read}"`, `"${read}", "Bash(ls:*)"`));
    clone.remove();
    expect(JSON.parse(clone.read(path))).toEqual({ permissions: { allow: ["Bash(ls:*)"] } });
    const without = project();
    without.init(["claude"], { hooks: false });
    expect(without.files()[path]).toBeUndefined();
  });
});

describe("a hook in a client's list", () => {
  test("stands behind the person's own, which stay as they are", () => {
    const { text, kept } = edit.put(own, false);
    expect(kept).toEqual([]);
    expect(text).toContain('{ "hooks": [{ "type": "command", "command": "say done" }] }, // aloud');
    expect(text).toContain("// mine");
    const { hooks } = Settings.parse(Bun.JSONC.parse(text));
    expect(Object.keys(hooks).toSorted()).toEqual([
      "Notification",
      "PostToolUse",
      "PreToolUse",
      "Stop",
      "UserPromptSubmit",
    ]);
    expect(hooks["Stop"]).toEqual([
      { hooks: [{ type: "command", command: "say done" }] },
      claudeHooks["Stop"],
    ]);
    expect(edit.put(text, false)).toEqual({ text, kept: [] });
    expect(edit.take(text, false, own)).toEqual({ text: own, kept: [] });
  });

  test("is taken out of settings that were edited since, and leaves what its owner put beside it", () => {
    const put = edit.put(own, false).text.replace('"opus"', '"sonnet"');
    expect(edit.take(put, false, own).text).toBe(own.replace('"opus"', '"sonnet"'));
    expect(edit.take(put, false, undefined).text).toContain("say done");
    expect(edit.take(put, false, undefined).text).not.toContain("hook_");
  });

  test("that differs is its owner's until --force, and then there is one", () => {
    const changed = edit.put("{}", false).text.replaceAll('"timeout": 5', '"timeout": 60');
    const put = edit.put(changed, false);
    expect(put.text).toBe(changed);
    expect(put.kept).toHaveLength(parts.length);
    expect(put.kept[0]).toBe('its "hooks.UserPromptSubmit" holds another hook of cord\'s');
    const forced = edit.put(changed, true).text;
    expect(JSON.parse(forced)).toEqual(JSON.parse(edit.put("{}", false).text));
    // without its server it would be an error at each prompt
    expect(edit.take(changed, false, undefined)).toEqual({ text: "{}", kept: [] });
  });

  test("with a hook of the person's in the same group is not taken from them", () => {
    const mixed = edit
      .put("{}", false)
      .text.replace(
        '"hooks": [\n          {',
        '"hooks": [\n          { "type": "command", "command": "mine" },\n          {',
      );
    expect(mixed).toContain("mine");
    for (const force of [false, true]) {
      const left = edit.take(mixed, force, undefined);
      expect(left.text).toContain('"command": "mine"');
      expect(left.text).not.toContain("hook_");
      expect(left.kept).toEqual([]);
      // all that is wanted is there
      expect(edit.put(mixed, force)).toEqual({ text: mixed, kept: [] });
    }
    const other = mixed.replaceAll('"timeout": 5', '"timeout": 60');
    expect(edit.put(other, false).kept).toHaveLength(parts.length);
    const forced = edit.put(other, true).text;
    expect(forced).toContain('"command": "mine"');
    expect(forced).not.toContain("60");
    expect(edit.put(forced, false)).toEqual({ text: forced, kept: [] });
  });

  test.each([
    ["a list", '{"hooks": {"Stop": {}}}', 'its "hooks.Stop" is no list'],
    ["an object", '{"hooks": []}', 'its "hooks" (line 1) is an array, not an object'],
  ])("is refused where there is something else than %s", (_, text, why) => {
    expect(() => edit.put(text, true)).toThrow(why);
  });
});

describe("opencode's plugin", () => {
  test("is cord's own file, and another's of that name stays unless --force", () => {
    const { init, remove, write, read } = project();
    write(".opencode/plugin/cord.js", "export const Mine = () => ({})\n");
    const kept = init(["opencode"], { priced }).find(({ target }) => target.shown.endsWith("cord.js"));
    expect(kept).toMatchObject({ status: "same", kept: ["it is not cord's"] });
    expect(statuses(init(["opencode"], { priced, force: true }))[".opencode/plugin/cord.js"]).toBe("change");
    remove();
    expect(read(".opencode/plugin/cord.js")).toBe("export const Mine = () => ({})\n");
  });

  test("is a module with one export, which starts cord and nothing else", async () => {
    const hooks = clients.find(({ id }) => id === "opencode")?.hooks;
    if (hooks?.content.format !== "text") throw new Error("no text");
    const scan = new Bun.Transpiler({ loader: "js" }).scan(hooks.content.text);
    expect(scan.exports).toEqual(["Cord"]);
    expect(scan.imports.map(({ path }) => path).toSorted()).toEqual(["node:child_process", "node:readline"]);
  });
});
