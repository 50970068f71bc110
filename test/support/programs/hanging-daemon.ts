import { startDaemon } from "../../../src/server/daemon.ts";
import { startWatchdog } from "../../../src/server/threads/watchdog.ts";

/** A daemon on the database named, under a watchdog with a short timeout, whose loop stops turning at SIGUSR2. */
const [database = "", token = "", timeoutSeconds = ""] = process.argv.slice(2);
const daemon = startDaemon({
  hostname: "127.0.0.1",
  port: 0,
  database,
  token,
  open: false,
  exposed: false,
  idleExitSeconds: null,
  started: "hand",
  vault: null,
});
await startWatchdog(Number(timeoutSeconds));
process.on("SIGUSR2", () => {
  for (;;);
});
process.stderr.write(`listening on ${daemon.url}\n`);
