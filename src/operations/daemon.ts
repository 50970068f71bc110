import { isAbsolute } from "node:path";
import { z } from "zod";
import { About } from "../core/about.ts";
import { CordError } from "../core/error.ts";
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

/** The file gets its name only once it is whole. A path of a person's, so it may be any; no other caller names one. */
export const backup = operation({
  name: "daemon/backup",
  summary: "Copy the database into a file, whole and consistent, while the daemon goes on.",
  effect: "destructive",
  callers: ["human"],
  input: z.object({
    file: z.string().min(1).max(4096),
    replace: z.boolean().default(false),
    /** for how long the caller waits; it is given up then */
    wait_ms: z.number().int().min(1000).max(3_600_000).default(25_000),
  }),
  output: z.object({ ok: z.literal(true), database: z.string(), file: z.string(), bytes: z.number().int() }),
  run: async ({ self }, { file, replace, wait_ms }) => {
    if (!isAbsolute(file))
      throw new CordError("usage", `${file} is no absolute path: the daemon has a directory of its own.`);
    const bytes = await self.backUp(file, replace, wait_ms);
    return { ok: true as const, database: self.about().database, file, bytes };
  },
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
