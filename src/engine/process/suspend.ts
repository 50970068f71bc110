/**
 * Stops this process and its job, as the terminal does at Ctrl-Z: the whole group, so that a shell notices though
 * a wrapper started it. Returns before or after it has been continued; does nothing where there is no job control,
 * because the system then drops the signal.
 */
export function suspendJob(): void {
  process.kill(0, "SIGTSTP");
}
