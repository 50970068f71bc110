import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openBridge, type Bridge } from "./bridge.ts";
import { call, fieldOf, type World } from "./cord.ts";

/**
 * Tabs as Claude Code has them, without Claude Code: a real bridge each, the inbox socket that it writes to, and the session's file,
 * in which the tab is idle but for a moment after each message.
 */
export interface InboxTab {
  handle: string;
  bridge: Bridge;
  /** Resolves to when the next message is in the socket (performance.now()), and its text. */
  message(): Promise<{ at: number; text: string }>;
  close(): Promise<void>;
}

export async function openInboxTab(binary: string, world: World, number: number): Promise<InboxTab> {
  const home = join(world.folder, `claude-${number}`);
  mkdirSync(join(home, "sessions"), { recursive: true });
  // no process has it: the bridge knows its client by the socket's name
  const pid = 5_000_000 + number;
  const file = join(home, "sessions", `${pid}.json`);
  const socket = join(home, `${pid}.sock`);
  let changes = 0;
  const put = (status: "busy" | "idle") =>
    writeFileSync(
      file,
      JSON.stringify({ pid, sessionId: `session-${number}`, status, statusUpdatedAt: (changes += 1) }),
    );
  put("idle");
  let waiting = Promise.withResolvers<{ at: number; text: string }>();
  const listener = Bun.listen({
    unix: socket,
    socket: {
      data(_, bytes) {
        const at = performance.now();
        put("busy");
        waiting.resolve({ at, text: bytes.toString() });
        setTimeout(() => put("idle"), 50);
      },
    },
  });
  const bridge = await openBridge(binary, world, {
    name: "claude-code",
    env: {
      CLAUDE_CODE_ENTRYPOINT: "cli",
      CLAUDE_CODE_MESSAGING_SOCKET: socket,
      CLAUDE_CODE_MESSAGING_TOKEN: "bench",
      CLAUDE_CONFIG_DIR: home,
    },
  });
  await bridge.ask("tools/call", { name: "tasks_list", arguments: { limit: 1 } });
  return {
    handle: fieldOf(await call(world, "tabs/whose", { pids: [pid] }), "handle"),
    bridge,
    message: async () => {
      const said = await waiting.promise;
      waiting = Promise.withResolvers();
      return said;
    },
    async close() {
      await bridge.close();
      listener.stop(true);
    },
  };
}
