import { z } from "zod";

/**
 * How a daemon was started: by a person, to stay; or by a command that needed it, to end when nobody needs it any
 * more.
 */
export const Started = z.enum(["hand", "demand"]);

/** What a daemon is, as it says itself. */
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
  /** the prefixes of the URLs that push notifications may go to; an older daemon says nothing of it */
  push_to: z.array(z.string()).optional(),
  /** null: it stays */
  idle_exit_seconds: z.number().nullable(),
  uptime_seconds: z.number(),
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
