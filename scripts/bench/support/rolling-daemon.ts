import { startDaemon } from "../../../src/server/daemon.ts";

/**
 * `bun rolling-daemon.ts PORT DATABASE TOKEN FOLDER FIRST_MS`: a daemon as `cord serve` starts one, which looks sooner than after 90 s
 * whether its history is old.
 */
const [port = "0", database = "", token = "", folder = "", firstMs = "0"] = process.argv.slice(2);

startDaemon({
  hostname: "127.0.0.1",
  port: Number(port),
  database,
  token,
  open: false,
  exposed: false,
  idleExitSeconds: null,
  vault: null,
  started: "hand",
  history: {
    folder,
    keptMs: 90 * 86_400_000,
    trouble: null,
    timing: { firstMs: Number(firstMs), everyMs: 3_600_000 },
  },
});
