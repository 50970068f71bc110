/**
 * Has the streams of the terminal look how large its window is now: Bun does so at a SIGWINCH. Other systems send that signal;
 * on Windows there is none, and libuv makes one only of what it sees itself, so that whoever draws asks once a tick there. It costs
 * one call of the system, and the streams tell of a "resize" only where there was one.
 */
export function lookAtWindowSize(
  platform: NodeJS.Platform = process.platform,
  source: { emit(event: "SIGWINCH", signal: "SIGWINCH"): unknown } = process,
): void {
  if (platform === "win32") source.emit("SIGWINCH", "SIGWINCH");
}
