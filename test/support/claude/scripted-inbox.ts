import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../../../src/core/environment.ts";
import { temporaryDirectory } from "../machine/temporary.ts";
import { Looks } from "../looks.ts";

/**
 * What a Claude Code with a person before it leaves for its servers: its session's file and its inbox, of a process that there is not.
 * The real one is in tab.ts.
 */
export interface ScriptedInbox extends Disposable {
  /** of the process that it says it is */
  pid: number;
  /** of its servers */
  env: Environment;
  file: string;
  /** the lines of each connection, parsed */
  heard: unknown[][];
  /** Writes the session's file anew. */
  says(session: object): void;
  /** Resolves once so many connections have ended. */
  connections(count: number): Promise<void>;
}

interface InboxOptions {
  /** Called when a connection has ended. */
  onMessage?: (inbox: ScriptedInbox) => void;
  entrypoint?: string;
}

let pids = 4_000_000;

export function scriptedInbox({
  onMessage = () => {},
  entrypoint = "cli",
}: InboxOptions = {}): ScriptedInbox {
  const folder = temporaryDirectory("claude");
  const pid = (pids += 1);
  const [config, socket] = [join(folder, "config"), join(folder, `${pid}.sock`)];
  const file = join(config, "sessions", `${pid}.json`);
  mkdirSync(join(config, "sessions"), { recursive: true });
  const heard: unknown[][] = [];
  const looks = new Looks();
  let at = 1_700_000_000;
  const listener = Bun.listen<{ text: string }>({
    unix: socket,
    socket: {
      open: (connection) => void (connection.data = { text: "" }),
      data: (connection, bytes) => void (connection.data.text += bytes.toString()),
      close({ data: { text } }) {
        heard.push(
          text
            .trimEnd()
            .split("\n")
            .map((line): unknown => JSON.parse(line)),
        );
        onMessage(inbox);
        looks.look();
      },
    },
  });
  const inbox: ScriptedInbox = {
    pid,
    file,
    heard,
    env: {
      CLAUDE_CONFIG_DIR: config,
      CLAUDE_CODE_MESSAGING_SOCKET: socket,
      CLAUDE_CODE_MESSAGING_TOKEN: "inbox-token",
      CLAUDE_CODE_ENTRYPOINT: entrypoint,
    },
    says(session) {
      at += 1;
      writeFileSync(file, JSON.stringify({ pid, sessionId: "one", statusUpdatedAt: at, ...session }));
      // a disk may tell two writes within one tick of its clock by nothing
      utimesSync(file, at, at);
    },
    connections: async (count) => void (await looks.until(() => heard.length >= count)),
    [Symbol.dispose]: () => listener.stop(true),
  };
  return inbox;
}
