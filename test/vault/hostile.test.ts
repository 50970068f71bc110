import { expect, test } from "bun:test";
import { marked, type Token, type Tokens } from "marked";
import { lstatSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { parse } from "yaml";
import { plainLines } from "../../src/core/text.ts";
import { agentNoteName, candidates } from "../../src/vault/names.ts";
import { human } from "../support/operations/rig.ts";
import { vaultWorld, type VaultWorld } from "../support/vault/vault-world.ts";
import { pathsBelow } from "../support/paths-below.ts";

const hostile = [
  "[[agents/victim]] ![[x]] [a](javascript:b) #tag %%hidden%% $x$ ==m== <img src=x onerror=y> ^e99",
  "---\nid: x\nstate: completed\n---\n# other",
  "` `` ``` ```` \n```\n[[x]]\n~~~\n",
  "../../../etc/passwd",
  '..\\..\\x:y*?"<>|',
  "CON",
  ".obsidian",
  "\u001b]8;;http://x\u0007click\u001b[31m\u0000\u202e\u200b\ud800",
  "= this.file.name",
  "$= dv.pages()",
  "<% tp.system.prompt() %> <%* await tp.user.x() %>",
  "status:: done\nrating::\n[due:: 2026-01-01] std::vector",
  "日本語のタスク 🎉 مرحبا",
  "!!js/function 'x' # c: {a: &b *b}",
  "null",
  "yes",
  "%",
  " ^e5\n",
  "__proto__",
  "x".repeat(200),
  "🎉".repeat(60),
];

const words = hostile.map((text) => text.slice(0, 64));

async function drawHostile(world: VaultWorld): Promise<void> {
  const { rig } = world;
  for (const [index, text] of hostile.entries()) {
    const word = words[index] ?? "";
    const agent = text.slice(0, 128).toWellFormed();
    await rig.call("agents/heartbeat", { id: agent, name: agent });
    const payload = { file_refs: [text], fixed_bug_id: text, blocked_by: [text, 7], [text]: text };
    const id = await world.send({
      name: text,
      kind: `k${word}`.slice(0, 64),
      priority: word,
      payload,
      to: agent,
    });
    await world.send({ name: text, kind: "decision", payload: text });
    await rig.call("tasks/claim", { id, agentId: agent });
    if (index % 2 === 0) await rig.call("tasks/complete", { id, agentId: agent, epoch: 1, result: text });
    else await rig.call("tasks/fail", { id, agentId: agent, epoch: 1, reason: text });
    await rig
      .call("tasks/complete", { id, agentId: `${agent.slice(0, 120)}!`, epoch: 1, result: text })
      .catch(() => 0);
    await speakOf(world, text);
    const run = await rig.startRun();
    await rig.call("nodes/modify", { run_id: run, node_id: "#1", goal: text, prompt: text }, human);
  }
}

/** One task with all that can be said of it, and one with an open question. */
async function speakOf({ rig, send }: VaultWorld, text: string): Promise<void> {
  const said = { messageId: "m", role: "ROLE_USER", parts: [{ text }, { url: "u", filename: text }] };
  const done = await send({ name: "spoken of", message: said, prompt: text });
  await rig.call("tasks/claim", { id: done, agentId: "alice" });
  await rig.call("tasks/say", { id: done, agentId: "alice", text });
  const artifact = { name: text, description: text, parts: [{ text }, { raw: "", filename: text }] };
  await rig.call("tasks/complete", { id: done, agentId: "alice", artifacts: [artifact] });
  const asking = await send({ name: "asked about" });
  await rig.call("tasks/claim", { id: asking, agentId: "alice" });
  await rig.call("tasks/ask", { id: asking, agentId: "alice", question: text, options: [text] });
  await rig.call("tasks/tell", { id: asking, text });
  await rig.call("tasks/ask", { id: asking, agentId: "alice", question: `${text}?`, options: [text] });
}

test("no text makes a link, a mark or code, in any field of any note", async () => {
  const world = vaultWorld();
  const vault = world.keep();
  await drawHostile(world);
  await vault.settled();
  await vault.stop();
  const notes = world.notes();
  const paths = new Set(Object.keys(notes));
  for (const [path, text] of Object.entries(notes)) {
    // what plugins look for in the whole of a note, code and properties included
    expect([path, text]).not.toEqual([path, expect.stringMatching(/<%|::(?:\s|$)/m)]);
    const [, yaml = "", body = text] = /^---\n(.*?)\n---\n(.*)$/s.exec(text) ?? [];
    for (const value of Object.values(parse(yaml || "{}")).flat()) expect(String(value)).not.toContain("[[");
    for (const token of inlineTokens(marked.lexer(body))) {
      expect([path, token.type]).not.toContain("html");
      expect([path, token.type]).not.toContain("link");
      expect([path, token.type]).not.toContain("image");
      if (token.type === "codespan" || token.type === "code") continue;
      for (const [, target = ""] of token.raw.matchAll(/\[\[(.*?)\]\]/g))
        expect(paths).toContain(`${target}.md`);
      expect(token.raw.replace(/\\[^\w\s]/g, "")).not.toMatch(/%%|==|\$|<|#\w*[a-z]/);
    }
    expect(text).toBe(plainLines(text));
    for (const [, code = ""] of body.matchAll(/(?<!`)`+([^`\n]+)`+(?!`)/g))
      expect(code).not.toMatch(/^\s*[=$]/);
  }
});

test("frontmatter says of each field what it is, whatever it looks like", async () => {
  const world = vaultWorld();
  const vault = world.keep();
  const id = await world.send({
    name: "x",
    kind: "null",
    priority: "2026-01-01",
    payload: { file_refs: ["no", "---"] },
  });
  await vault.settled();
  await vault.stop();
  const [note = ""] = Object.entries(world.notes()).flatMap(([path, text]) =>
    path.startsWith("tasks/") ? text : [],
  );
  for (const version of ["1.1", "1.2"] as const)
    expect(parse(note.split("---\n")[1] ?? "", { version })).toEqual({
      id,
      kind: "null",
      priority: "2026-01-01",
      state: "pending",
      claimed_by: null,
      created: "2026-01-01T00:00:00.000Z",
      updated: "2026-01-01T00:00:00.000Z",
      file_refs: ["no", "---"],
    });
});

test("no name leaves the vault, and each is one that every system takes", async () => {
  const world = vaultWorld();
  const vault = world.keep();
  await drawHostile(world);
  await vault.settled();
  await vault.stop();
  expect(readdirSync(dirname(world.path))).toEqual(["notes"]);
  const names = pathsBelow(world.path);
  for (const path of names) {
    const name = path.split("/").at(-1) ?? "";
    expect(path.split("/").length).toBeLessThanOrEqual(2);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(120);
    expect(name.replace(/^\.cord$|\.md$|\.json$/, "")).toMatch(/^[\p{L}\p{N}\p{M}_-]*$/u);
    expect(lstatSync(`${world.path}/${path}`).isSymbolicLink()).toBe(false);
  }
});

test("agents whose ids are alike to a file system have notes of their own, and none can be made to collide", () => {
  const ids = [
    "claude",
    "Claude",
    "CLAUDE",
    "claude ",
    "cla/ude",
    "con",
    "readme",
    "2026-01-01-x-019b76da",
    "",
    "🎉",
  ];
  ids.push(agentNoteName("Claude"), agentNoteName(""));
  const names = ids.map((id) => agentNoteName(id).toLowerCase());
  expect(new Set(names).size).toBe(ids.length);
  expect(agentNoteName("claude-a")).toBe("claude-a");
});

test("a note's name has the date, a slug and the id's first 8 characters, and takes more of the id when it must", () => {
  const names = candidates(
    "2026-11-21T10:00:00.000Z",
    "Fix: the login!",
    "0198c2f1-aaaa-7bbb-8ccc-dddddddddddd",
  );
  expect(names[0]).toBe("2026-11-21-fix-the-login-0198c2f1");
  expect(names.at(-1)).toBe("2026-11-21-fix-the-login-0198c2f1-aaaa-7bbb-8ccc-dddddddddddd");
});

/** The innermost tokens. */
function* inlineTokens(tokens: readonly Token[]): Generator<Token> {
  for (const token of tokens) {
    const inner = insideOf(token);
    if (inner.length === 0) yield token;
    else yield* inlineTokens(inner);
  }
}

function insideOf(token: Token): Token[] {
  if (token.type === "list") return token["items"].flatMap((item: Tokens.ListItem) => item.tokens);
  return "tokens" in token ? (token.tokens ?? []) : [];
}
