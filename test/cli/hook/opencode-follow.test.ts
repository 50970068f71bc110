import { expect, test } from "bun:test";
import { join } from "node:path";
import { linesOf } from "../../../src/cli/mcp/lines.ts";
import { scriptedDaemon } from "../../support/network/scripted-daemon.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";

const main = join(import.meta.dir, "../../../src/main.ts");
const nothing = { context: null, deny: null, block: null };

test("what opencode does is reported in its order, and of what is over by then only the newest", async () => {
  const first = Promise.withResolvers<void>();
  const answer = async ({ method }: { method: string }) => {
    if (method === "tabs/whose") return { tab: "one", handle: "shop", project: null, folder: null };
    if (method !== "tabs/report") return nothing;
    await first.promise;
    return { handle: "shop" };
  };
  await using daemon = scriptedDaemon(undefined, answer);
  const states = () =>
    daemon.calls.flatMap(({ method, params }) => (method === "tabs/report" ? [params["state"]] : []));
  const child = Bun.spawn([process.execPath, main, "hook", "opencode-follow"], {
    cwd: temporaryDirectory("project"),
    env: { HOME: temporaryDirectory("home"), CORD_URL: daemon.url, CORD_TOKEN: daemon.token },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const answers = linesOf(child.stdout)[Symbol.asyncIterator]();
  const write = (said: object) => {
    void child.stdin.write(`${JSON.stringify(said)}\n`);
    void child.stdin.flush();
  };
  const is = (type: string) =>
    write({ event: "session.status", properties: { sessionID: "s", status: { type } } });
  await daemon.hears(() => daemon.hellos.length > 0);
  daemon.says("tab", JSON.stringify({ handle: "shop", unread: 0 }));
  is("busy");
  await daemon.hears(() => states().length > 0);
  is("idle");
  write({ event: "question.asked", properties: {} });
  // it has read the lines before this one
  write({ ask: 1, at: "tool", tool: "read" });
  expect(JSON.parse(String((await answers.next()).value))).toMatchObject({ answer: 1 });
  expect(states()).toEqual(["busy"]);
  first.resolve();
  await daemon.hears(() => states().length > 1);
  await child.stdin.end();
  await child.exited;
  expect(states()).toEqual(["busy", "waiting"]);
});
