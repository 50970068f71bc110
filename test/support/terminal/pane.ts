import { Terminal } from "@xterm/headless";
import { testTimeoutMs } from "../../../scripts/steps.ts";
import { piecesOf, type Piece } from "./cells.ts";

/** A program in a real terminal (a pty, and an emulator that draws its screen), driven by keys and read off the screen. */
export interface Pane extends AsyncDisposable {
  /** Keys by name (Enter, Space, C-c, Down) or text. */
  press(...keys: string[]): Promise<void>;
  /** The screen, without colours, once it holds the text. */
  shows(text: string): Promise<string>;
  /** The same once it is as asked. */
  until(holds: (screen: string) => boolean): Promise<string>;
  /** The screen with its colours, row by row. */
  pieces(): Piece[][];
  /** What the terminal was told to notify of, as OSC 9 or 777 say it; and how often it was rung. */
  notified(): { texts: readonly string[]; bells: number };
  /** Makes the terminal this large. */
  resize(width: number, height: number): Promise<void>;
  /** The exit code of the program, and what is on the screen then. */
  ended(): Promise<{ code: number; screen: string; cursorIsVisible: boolean }>;
}

interface PaneOptions {
  cwd: string;
  env: Record<string, string>;
  width?: number;
  height?: number;
}

/** Starts argv in a terminal of its own. */
export async function openPane(
  argv: readonly string[],
  { cwd, env, width = 100, height = 100 }: PaneOptions,
): Promise<Pane> {
  const screen = emulator(width, height);
  const pty = new Bun.Terminal({
    cols: width,
    rows: height,
    name: "xterm-256color",
    data: (_, bytes) => screen.feed(bytes),
  });
  // what the emulator answers to a program's questions goes back to it, as from any terminal
  screen.onAnswer((text) => void pty.write(text));
  // the terminal is made the controlling one, so that the system tells of its size and of its end as it does a shell's
  const child = Bun.spawn(["setsid", "--ctty", "--wait", ...argv], {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", TERM: "xterm-256color", LANG: "C.UTF-8", ...env },
    terminal: pty,
  });
  return {
    press: async (...keys) => {
      for (const key of keys) pty.write(bytesOf(key));
    },
    shows: (text) =>
      screen.until((shown) => shown.includes(text), `the screen never showed ${JSON.stringify(text)}`),
    until: (holds) => screen.until(holds, "the screen was never as asked"),
    pieces: () => screen.pieces(),
    notified: () => screen.notified(),
    resize: async (width, height) => {
      screen.resize(width, height);
      pty.resize(width, height);
    },
    async ended() {
      const code = await within(child.exited, async () => `the program never ended:\n${await screen.text()}`);
      // what it said last is in the pty by now, and is read when this process next looks for input
      for (let before = -1; before !== screen.fed();) {
        before = screen.fed();
        await Bun.sleep(20);
      }
      return { code, screen: await screen.text(), cursorIsVisible: screen.cursorIsVisible() };
    },
    [Symbol.asyncDispose]: async () => {
      pty.close();
      await within(child.exited, async () => "the program outlived its terminal").catch((error: unknown) => {
        child.kill("SIGKILL");
        throw error;
      });
    },
  };
}

/** Types a prompt, which is on one line, and sends it. Enter by itself, or it is taken for a part of what was pasted. */
export async function sendPrompt(pane: Pane, text: string): Promise<void> {
  await pane.press(text);
  await pane.shows(text.slice(0, promptLetters));
  await pane.press("Enter");
}

/** that stand on one line of the screen */
const promptLetters = 100;

const keyNames: Readonly<Record<string, string>> = {
  Enter: "\r",
  Space: " ",
  Escape: "\x1b",
  BSpace: "\x7f",
  Tab: "\t",
  Up: "\x1b[A",
  Down: "\x1b[B",
  Right: "\x1b[C",
  Left: "\x1b[D",
  Home: "\x1b[H",
  End: "\x1b[F",
  PageUp: "\x1b[5~",
  PageDown: "\x1b[6~",
};

function bytesOf(key: string): string {
  const control = /^C-([a-z])$/.exec(key)?.[1];
  if (control !== undefined) return String.fromCodePoint(control.charCodeAt(0) - 96);
  return keyNames[key] ?? key;
}

/** The screen that the program's output draws, and those who wait for something on it. */
function emulator(width: number, height: number) {
  const terminal = new Terminal({ cols: width, rows: height, allowProposedApi: true });
  const looks = new Set<() => void>();
  let cursor = true;
  const hides = (visible: boolean) => (params: (number | number[])[]) => {
    if (params.includes(25)) cursor = visible;
    return false;
  };
  terminal.parser.registerCsiHandler({ prefix: "?", final: "h" }, hides(true));
  terminal.parser.registerCsiHandler({ prefix: "?", final: "l" }, hides(false));

  const texts: string[] = [];
  let bells = 0;
  for (const way of [9, 777]) terminal.parser.registerOscHandler(way, (text) => texts.push(text) > 0);
  terminal.onBell(() => (bells += 1));

  function shown(): string {
    const { active } = terminal.buffer;
    const lines = Array.from({ length: terminal.rows }, (_, row) =>
      (active.getLine(active.viewportY + row)?.translateToString(true) ?? "").trimEnd(),
    );
    return `${lines.join("\n")}\n`;
  }

  async function text(): Promise<string> {
    await new Promise<void>((applied) => terminal.write("", applied));
    return shown();
  }

  let fed = 0;
  return {
    feed(bytes: Uint8Array) {
      fed += bytes.length;
      terminal.write(bytes, () => looks.forEach((look) => look()));
    },
    /** how many bytes have come */
    fed: () => fed,
    onAnswer: (listener: (text: string) => void) => void terminal.onData(listener),
    resize: (width: number, height: number) => terminal.resize(width, height),
    cursorIsVisible: () => cursor,
    notified: () => ({ texts, bells }),
    pieces: () => piecesOf(terminal),
    text,
    async until(holds: (shown: string) => boolean, complaint: string): Promise<string> {
      const seen = Promise.withResolvers<string>();
      const look = () => {
        if (holds(shown())) seen.resolve(shown());
      };
      looks.add(look);
      look();
      try {
        return await within(seen.promise, async () => `${complaint}:\n${await text()}`);
      } finally {
        looks.delete(look);
      }
    },
  };
}

async function within<T>(promise: Promise<T>, complaint: () => Promise<string>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => void complaint().then((text) => late.reject(new Error(text))),
    testTimeoutMs - 10_000,
  );
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
