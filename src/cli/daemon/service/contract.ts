/** Who starts a user's services, and how it is asked to. Each command is the words of a program of the system's. */
export interface ServiceManager {
  name: "launchd" | "systemd";
  /** what it calls the service */
  service: string;
  /** what it reads, and what stands in it */
  file: string;
  text: string;
  /** exits with 0 where it answers at all: in a container, and for a user who has not logged in, it may not */
  isThere: readonly string[];
  /** exits with 0 while the service runs */
  runs: readonly string[];
  start: readonly (readonly string[])[];
  /** for a service whose file has changed */
  startAnew: readonly (readonly string[])[];
  stop: readonly (readonly string[])[];
  afterRemoval: readonly (readonly string[])[];
}

/** By this line a file is known to be cord's own: any other is left alone. */
export const mark = "made by cord daemon install";

export function lines(...text: string[]): string {
  return `${text.join("\n")}\n`;
}
