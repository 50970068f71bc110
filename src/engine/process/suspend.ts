/**
 * Stops this process and its job, as the terminal does at Ctrl-Z: the whole group, so that a shell notices even if a
 * wrapper started it. May return before or after it was continued. Does nothing without job control: the system drops
 * the signal.
 */
export function suspendJob(): void {
  process.kill(0, "SIGTSTP");
}
