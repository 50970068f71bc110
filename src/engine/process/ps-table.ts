/** A process as ps shows it. Who started it chose its command: that proves nothing. */
export interface PsRow {
  pid: number;
  parent: number;
  group: number;
  /** it has a controlling terminal */
  hasTerminal: boolean;
  /** with the pid, which process it is: a date, to the second */
  start: string;
  /** the arguments, with blanks between them; with its environment behind them where that is asked for and may be seen */
  command: string;
}

/**
 * The live processes of all users, where there is no /proc; a zombie is not one. Empty where ps does not answer in time.
 * withEnvironment: macOS shows it of a user's own processes, but not of the system's own programs, such as /bin/sh. Source:
 * ps(1) of macOS, -E.
 */
export function processesByPs(
  { withEnvironment = false }: { withEnvironment?: boolean } = {},
  run: (argv: string[]) => Answer = ask,
): PsRow[] {
  const columns = "pid=,ppid=,pgid=,tty=,stat=,lstart=,command=";
  const { text, ps } = run(["ps", withEnvironment ? "-axwwE" : "-axww", "-o", columns]);
  return text.split("\n").flatMap((line) => {
    const [, pid, parent, group, terminal = "", state = "Z", start = "", command = ""] = row.exec(line) ?? [];
    if (pid === undefined || state.startsWith("Z") || Number(pid) === ps) return [];
    return [
      {
        pid: Number(pid),
        parent: Number(parent),
        group: Number(group),
        hasTerminal: !terminal.startsWith("?"),
        start,
        command,
      },
    ];
  });
}

/** ps: its own pid. It shows itself, and has ended by the time that this is read. */
export interface Answer {
  text: string;
  ps: number;
}

/** lstart is five words, in the C locale: Thu Nov 26 21:02:06 2026. */
const row = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\d{4})(?:\s+(.*))?$/;

/** What it prints is bounded by nothing but its programs' arguments, which others choose. */
const maxBytes = 64 * 1024 * 1024;
const maxMs = 5_000;

export function ask(argv: string[]): Answer {
  try {
    const ps = Bun.spawnSync(argv, {
      env: { PATH: "/bin:/usr/bin:/usr/sbin", LC_ALL: "C" },
      stdio: ["ignore", "pipe", "ignore"],
      timeout: maxMs,
      maxBuffer: maxBytes,
    });
    return { text: ps.stdout.toString(), ps: ps.pid };
  } catch {
    return { text: "", ps: 0 };
  }
}
