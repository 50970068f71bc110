import { z } from "zod";
import { CordError, isErrorCode, messageOf, type ErrorCode } from "../../core/error.ts";
import { copyDatabase } from "../../store/database/copy.ts";

/** What the thread is told to copy, once. */
export const Order = z.object({ database: z.string(), file: z.string(), replace: z.boolean() });
export type Order = z.infer<typeof Order>;

/** What it says: `ready`, then how it went. */
export const Done = z.object({
  ready: z.boolean().optional(),
  failed: z
    .object({ code: z.custom<ErrorCode>(isErrorCode), message: z.string() })
    .nullable()
    .optional(),
});
export type Done = z.infer<typeof Done>;

/** Copies a database by a connection of its own, while the daemon goes on. */
export function runBackupThread(): Promise<never> {
  addEventListener("message", ({ data }: MessageEvent<unknown>) => postMessage(copied(Order.parse(data))));
  postMessage({ ready: true });
  return new Promise(() => {});
}

function copied({ database, file, replace }: Order): Done {
  try {
    copyDatabase(database, file, replace);
    return { failed: null };
  } catch (error) {
    return {
      failed: { code: error instanceof CordError ? error.code : "failed", message: messageOf(error) },
    };
  }
}
