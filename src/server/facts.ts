import { statSync } from "node:fs";
import { userInfo } from "node:os";
import type { About } from "../core/about.ts";
import { ownProgram } from "../system/self.ts";
import { ownService } from "../system/service.ts";

type Facts = Pick<
  About,
  "started_at" | "user" | "service" | "program" | "memory_bytes" | "database_bytes" | "log_bytes"
>;

/** What a daemon's process and files are, as of each call of what is returned. */
export function factsOf(database: string): () => Facts {
  const lasting = {
    started_at: new Date().toISOString(),
    user: userName(),
    service: ownService(),
    program: ownProgram(),
  };
  return () => ({
    ...lasting,
    memory_bytes: process.memoryUsage.rss(),
    database_bytes: sizeOf(database),
    log_bytes: sizeOf(`${database}-wal`),
  });
}

/** Bun reads the name from the environment, where it may be missing. */
function userName(): string {
  const { username, uid } = userInfo();
  return username === "unknown" ? `uid ${uid}` : username;
}

/** Nothing of one that is only in memory, or was deleted. */
function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
