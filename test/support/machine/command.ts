/** A command that was started: what it says is kept, and can be waited for. */
export interface Running {
  pid: number;
  out(): string;
  err(): string;
  /** Resolves with the standard error once it matches, whether it has already or will. Rejects when the command ends without. */
  says(text: string | RegExp): Promise<string>;
  signal(name: NodeJS.Signals): void;
  ended: Promise<Finished>;
  /** Ends it with SIGKILL if it still runs. */
  kill(): Promise<void>;
}

export interface Finished {
  code: number;
  out: string;
  err: string;
}

export function start(
  argv: readonly string[],
  { cwd, env }: { cwd: string; env: Record<string, string> },
): Running {
  const child = Bun.spawn([...argv], {
    cwd,
    env: { ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const said = { out: "", err: "" };
  const waiters = new Set<(over: boolean) => void>();
  const tell = (over: boolean) => waiters.forEach((waiter) => waiter(over));
  let over = false;
  const ended = Promise.all([
    child.exited,
    follow(child.stdout, (text) => (said.out += text)),
    follow(child.stderr, (text) => {
      said.err += text;
      tell(false);
    }),
  ]).then(([code]) => {
    over = true;
    tell(true);
    return { code, ...said };
  });
  return {
    pid: child.pid,
    out: () => said.out,
    err: () => said.err,
    ended,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = (over: boolean) => {
          const found = typeof text === "string" ? said.err.includes(text) : text.test(said.err);
          if (!found && !over) return;
          waiters.delete(look);
          if (found) resolve(said.err);
          else reject(new Error(`It ended without saying ${String(text)}:\n${said.err}`));
        };
        waiters.add(look);
        look(over);
      }),
    signal: (name) => child.kill(name),
    async kill() {
      if (!over) child.kill("SIGKILL");
      await ended;
    },
  };
}

async function follow(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
}
