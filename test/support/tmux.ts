import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "./temporary.ts";

/** A program in a real terminal, driven by keys and read off the screen. */
export interface Pane extends AsyncDisposable {
  /** Keys as tmux names them (Enter, Space, C-c, Down) or text. */
  press(...keys: string[]): Promise<void>;
  /** The screen, without colours, once it holds the text. */
  shows(text: string): Promise<string>;
  /** Makes the terminal this large. */
  resize(width: number, height: number): Promise<void>;
  /** The exit code of the program, and what is on the screen then. */
  ended(): Promise<{ code: number; screen: string; cursorIsVisible: boolean }>;
}

const DEADLINE_MS = 20_000;

/** Starts argv in a terminal of its own size, on a tmux server of its own. */
export async function openPane(
  argv: readonly string[],
  {
    cwd,
    env,
    width = 100,
    height = 100,
  }: { cwd: string; env: Record<string, string>; width?: number; height?: number },
): Promise<Pane> {
  const tmux = Bun.which("tmux");
  if (tmux === null) throw new Error("This test drives a real terminal: install tmux.");
  const folder = temporaryDirectory("tmux");
  mkdirSync(join(folder, "socket"));
  const serverEnv = {
    PATH: process.env["PATH"] ?? "",
    TERM: "xterm-256color",
    LANG: "C.UTF-8",
    ...env,
    TMUX_TMPDIR: folder,
  };

  async function run(...args: string[]): Promise<string> {
    const child = Bun.spawn([tmux ?? "", "-S", join(folder, "socket/s"), "-f", "/dev/null", ...args], {
      cwd,
      env: serverEnv,
      stdin: "ignore",
      stderr: "pipe",
    });
    const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    if (code !== 0) throw new Error(`tmux ${args[0] ?? ""}: ${err}`);
    return out;
  }

  const screen = () => run("capture-pane", "-p", "-t", "pane");
  const size = ["-x", String(width), "-y", String(height)];
  // The shell stays when the program has ended: tmux changes the screen of a pane that is dead.
  const shell = ["sh", "-c", `"$@"; printf '\\nended %s\\n' "$?"; exec cat`, "sh"];
  await run("new-session", "-d", "-s", "pane", "-c", cwd, ...size, "--", ...shell, ...argv);

  return {
    press: async (...keys) => void (await run("send-keys", "-t", "pane", ...keys)),
    shows: (text) =>
      until(
        async () => {
          const shown = await screen();
          return shown.includes(text) ? shown : undefined;
        },
        async () => `the screen never showed ${JSON.stringify(text)}:\n${await screen()}`,
      ),
    resize: async (width, height) =>
      void (await run("resize-window", "-t", "pane", "-x", String(width), "-y", String(height))),
    async ended() {
      const shown = await until(
        async () => /\nended (\d+)\n/.exec(await screen()) ?? undefined,
        async () => `the program never ended:\n${await screen()}`,
      );
      const cursor = await run("display-message", "-p", "-t", "pane", "#{cursor_flag}");
      return { code: Number(shown[1]), screen: shown.input, cursorIsVisible: cursor.trim() === "1" };
    },
    [Symbol.asyncDispose]: async () => void (await run("kill-server")),
  };
}

/** A terminal tells nobody that its screen has changed, so this looks again until the deadline. */
async function until<T>(look: () => Promise<T | undefined>, complaint: () => Promise<string>): Promise<T> {
  const end = performance.now() + DEADLINE_MS;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > end) throw new Error(await complaint());
    await Bun.sleep(25);
  }
}
