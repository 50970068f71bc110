import { CordError, messageOf } from "../core/error.ts";
import { shellWord } from "../core/shell-word.ts";
import { systemCode } from "../core/system-code.ts";
import { plain } from "../core/text.ts";
import { announcedOf, besideDatabase, isAlive, type Announcement } from "../system/announcement.ts";
import { listenerAt } from "../system/listener.ts";
import { lockHolderOf } from "../system/open-files.ts";
import { argvOf, programOf } from "../system/process-words.ts";

/** Another daemon has the database. */
export class DatabaseTaken extends CordError {
  /** who says that it has it; null: it has not said so yet, or is going */
  readonly holder: Announcement | null;

  constructor(database: string) {
    const said = announcedOf(database);
    const holder = said !== null && isAlive(said) ? said : null;
    super(
      "conflict",
      holder === null
        ? silentlyTaken(database)
        : `Another daemon (pid ${holder.pid}) at ${holder.url} has the database ${database}. Use that one (--url), or choose another database with CORD_DB=FILE (or cord serve --db FILE).`,
    );
    this.holder = holder;
  }
}

/** Its holder starts, ends, or was stopped in between; or it is no daemon at all. */
function silentlyTaken(database: string): string {
  const pid = lockHolderOf(besideDatabase(database, "lock"));
  if (pid === null)
    return `Another process has the database ${database} locked, and does not say where it listens. Wait for it, or choose another database with CORD_DB=FILE (or cord serve --db FILE).`;
  const fix = argvOf(pid).includes("serve") ? `cord daemon stop --db ${shellWord(database)}` : `kill ${pid}`;
  return `${plain(programOf(pid))} (pid ${pid}) has the database ${database} locked, and does not say where it listens: it is starting, or ending, or was stopped. If it stays so, end it: ${fix}`;
}

/** Another program, or another daemon, listens where this one was to. */
export class AddressTaken extends CordError {
  readonly hostname: string;
  readonly port: number;

  constructor(hostname: string, port: number, cause: unknown) {
    const listener = listenerAt(hostname, port);
    const who = listener === null ? "another program" : `${plain(listener.name)} (pid ${listener.pid})`;
    super(
      "conflict",
      `${who} listens on ${hostname}:${port} already. End it, or choose another port here with --addr HOST:PORT, and the same for the commands with --url.`,
      { cause },
    );
    this.hostname = hostname;
    this.port = port;
  }
}

export function cannotListen(hostname: string, port: number, cause: unknown): CordError {
  if (isTaken(cause)) return new AddressTaken(hostname, port, cause);
  return new CordError(
    "failed",
    `cord serve cannot listen on ${hostname}:${port}: ${messageOf(cause)}. Choose another with --addr HOST:PORT.`,
    { cause },
  );
}

function isTaken(error: unknown): boolean {
  return systemCode(error) === "EADDRINUSE";
}
