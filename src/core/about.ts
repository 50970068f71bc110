import { z } from "zod";

/**
 * How a daemon was started: by a person, to stay; or by a command that needed it, to end when nobody needs it any
 * more.
 */
export const Started = z.enum(["hand", "demand"]);

/** What starts a daemon again when it has ended: `of_user` false: it is the machine's, and its user may not rule it. */
export const Service = z.object({
  manager: z.enum(["systemd", "launchd"]),
  name: z.string(),
  /** what the manager starts, as it names it: usually a path */
  program: z.string(),
  of_user: z.boolean(),
});
export type Service = z.infer<typeof Service>;

/** What a daemon is, as it says itself. What may be missing an older daemon does not say. */
export const About = z.object({
  pid: z.number().int(),
  version: z.string(),
  url: z.string(),
  database: z.string(),
  /** the folder of its notes; null for none */
  vault: z.string().nullable(),
  started: Started,
  /** no token is asked for */
  open: z.boolean(),
  exposed: z.boolean(),
  /** the prefixes of the URLs that push notifications may go to */
  push_to: z.array(z.string()).optional(),
  /** null: it stays */
  idle_exit_seconds: z.number().nullable(),
  uptime_seconds: z.number(),
  started_at: z.iso.datetime().optional(),
  /** the name of the user whose process it is */
  user: z.string().optional(),
  /** null: it is none */
  service: Service.nullable().optional(),
  /** the file of the program that runs */
  program: z.string().optional(),
  memory_bytes: z.number().int().optional(),
  database_bytes: z.number().int().optional(),
  /** of the database's write-ahead log */
  log_bytes: z.number().int().optional(),
  /** who is connected and waits: waits, streams of events, bridges of tabs */
  clients: z.number().int(),
  /** how long the board's history is kept, and where the archive is; an older daemon says nothing of it */
  history: z
    .object({
      folder: z.string(),
      /** null: for ever */
      kept_seconds: z.number().nullable(),
      /** why nothing is archived that should be */
      trouble: z.string().nullable(),
    })
    .optional(),
});
export type About = z.infer<typeof About>;
