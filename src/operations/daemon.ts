import { z } from "zod";
import { About } from "../core/about.ts";
import { operation } from "./operation.ts";

export const describe = operation({
  name: "daemon/describe",
  summary: "What the daemon is: its process, its database and vault, how it was started, who is connected.",
  effect: "read",
  callers: ["human"],
  input: z.object({}),
  output: About,
  run: async ({ self }) => self.about(),
});

/** The daemon ends a moment after the answer, as at SIGTERM: what is committed stays, waits and leases go on at the next one. */
export const stop = operation({
  name: "daemon/stop",
  summary:
    "End the daemon, once this is answered. What is committed stays; clients that need one start another.",
  effect: "destructive",
  callers: ["human"],
  input: z.object({}),
  output: z.object({ ok: z.literal(true), pid: z.number().int() }),
  run: async ({ self }) => {
    self.stop();
    return { ok: true as const, pid: self.about().pid };
  },
});
