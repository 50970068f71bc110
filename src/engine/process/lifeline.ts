/**
 * What a lifeline is made of. A socket pair; on Windows, where no descriptor beyond the three can be handed on as one that both
 * sides can wait for, the named pipe of Bun's own channel between processes. Both end when either side dies.
 */
export type LifelineKind = "socket" | "channel";

export function lifelineKind(platform: NodeJS.Platform = process.platform): LifelineKind {
  return platform === "win32" ? "channel" : "socket";
}

/**
 * The connection between the engine and one shim. Short lines go both ways; its end of file tells either side
 * that the other is dead, however it died. Engine to shim: "end GRACE_MS", "took". Shim to engine: see ShimReport. An empty
 * line is the bell: there is new output in the file.
 */
export interface Lifeline {
  send(line: string): void;
  /** Sends an empty line, unless what was sent before is still under way: one bell is as good as two. */
  ring(): void;
  /** resolves when all that was sent is on its way, or can no longer be */
  flushed(): Promise<void>;
  /** resolves at end of file */
  closed: Promise<void>;
  close(): void;
}
