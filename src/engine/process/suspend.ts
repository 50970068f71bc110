/**
 * Stops this process and its job, as the terminal does at Ctrl-Z: the whole group, so that a shell notices even if a
 * wrapper started it. May return before or after it was continued. Does nothing without job control: the system drops
 * the signal. Where there is none at all, as on Windows, hasJobControl says so beforehand.
 */
export function suspendJob(): void {
  process.kill(0, "SIGTSTP");
}

/** Whether shells of this system can stop a job and continue it. Windows has no such signal, and no shell that would notice. */
export function hasJobControl(platform: NodeJS.Platform = process.platform): boolean {
  return platform !== "win32";
}
