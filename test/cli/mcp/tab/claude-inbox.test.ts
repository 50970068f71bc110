import { expect, test } from "bun:test";
import { listen } from "bun";
import { join } from "node:path";
import { writeToInbox } from "../../../../src/cli/mcp/tab/claude-inbox.ts";
import { ClaudeLink } from "../../../../src/cli/mcp/tab/claude-link.ts";
import { ClaudeSessionFile } from "../../../../src/cli/mcp/tab/claude-session.ts";
import { scriptedInbox, type ScriptedInbox } from "../../../support/claude/scripted-inbox.ts";
import { temporaryDirectory } from "../../../support/machine/temporary.ts";

const never = new AbortController().signal;
const linkTo = ({ env }: ScriptedInbox) => new ClaudeLink(env, new ClaudeSessionFile(env, 1));

test("a wake is two lines: the token, and the envelope that is shown as one line from cord", async () => {
  using claude = scriptedInbox({ onMessage: (inbox) => inbox.says({ status: "busy" }) });
  claude.says({ status: "idle" });
  const link = linkTo(claude);
  expect(link.facts()).toMatchObject({ wake: "inbox", state: "idle" });
  expect(await link.wake('2 new messages: "hi"', false, never)).toEqual({ by: "inbox", isDelivered: true });
  const content = '<cross-session-message from-name="cord">\n2 new messages: "hi"\n</cross-session-message>';
  expect(claude.heard).toEqual([
    [
      { type: "auth", token: "inbox-token" },
      { type: "user", message: { role: "user", content }, priority: "later" },
    ],
  ]);
});

test("urgent is taken between two steps; no wake breaks an answer off", async () => {
  using claude = scriptedInbox();
  claude.says({ status: "busy" });
  const link = linkTo(claude);
  for (const isUrgent of [true, false])
    expect(await link.wake(`one ${isUrgent}`, isUrgent, never)).toMatchObject({ isDelivered: true });
  await claude.connections(2);
  expect(claude.heard.map(([, said]) => said)).toMatchObject([{ priority: "next" }, { priority: "later" }]);
});

test("a tab that stays idle has not taken it, which is said", async () => {
  using claude = scriptedInbox();
  claude.says({ status: "idle" });
  const outcome = await linkTo(claude).wake("one", false, never);
  expect(outcome).toMatchObject({
    by: "inbox",
    isDelivered: false,
    trouble: expect.stringContaining("did not begin a turn"),
  });
});

test("only a session with a person before it is woken, and only that very one", async () => {
  for (const entrypoint of ["sdk-cli", "sdk-ts", ""]) {
    using claude = scriptedInbox({ entrypoint });
    claude.says({ status: "idle" });
    const link = linkTo(claude);
    expect(link.facts().wake).toBe("none");
    expect(await link.wake("one", true, never)).toMatchObject({ by: "none", isDelivered: false });
    expect(claude.heard).toEqual([]);
  }
  using outer = scriptedInbox();
  using inner = scriptedInbox();
  inner.says({ status: "idle" });
  const { CLAUDE_CODE_MESSAGING_SOCKET } = outer.env;
  const env = { ...inner.env, CLAUDE_CODE_MESSAGING_SOCKET };
  const link = new ClaudeLink(env, new ClaudeSessionFile(env, inner.pid));
  expect(link.facts()).toMatchObject({ state: "idle", wake: "none" });
});

test("an inbox that is gone, closes early or takes nothing is said within two seconds, and nothing is written later", async () => {
  const folder = temporaryDirectory("inbox");
  const inbox = (name: string) => ({ socket: join(folder, name), token: undefined });
  expect(await writeToInbox(inbox("gone.sock"), "one", "later")).toContain("cannot be reached");
  const long = "x".repeat(8_000_000);
  using closing = listen({
    unix: inbox("closing.sock").socket,
    socket: { open: (socket) => void socket.terminate(), data() {} },
  });
  expect(await writeToInbox(inbox("closing.sock"), long, "later")).toMatch(/closed|cannot be reached/);
  using still = listen({
    unix: inbox("still.sock").socket,
    socket: { open: (socket) => void socket.pause(), data() {} },
  });
  expect(await writeToInbox(inbox("still.sock"), long, "later")).toContain("in time");
  void [closing, still];
});
