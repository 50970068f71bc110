import type { CommandUnknownOpts } from "@commander-js/extra-typings";

/** Every command: its one line in the help, and the file that is loaded when it is called. */
export const commands: ReadonlyMap<string, Listed> = new Map<string, Listed>([
  [
    "run",
    { summary: "grow a goal, or a plan in a file, into a tree of agents", load: () => import("./run.ts") },
  ],
  ["serve", { summary: "run the daemon in the foreground", load: () => import("./serve.ts") }],
  ["init", { summary: "make cord known to the agents of a project", load: () => import("./init.ts") }],
  ["status", { summary: "show a summary of the board", load: () => import("./status.ts") }],
  ["version", { summary: "print the version", load: () => import("./version.ts") }],
]);

export interface Listed {
  summary: string;
  load(): Promise<{ command: CommandUnknownOpts }>;
}
