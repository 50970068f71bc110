import type { CommandUnknownOpts } from "@commander-js/extra-typings";

/** Every command: its one line in the help, and the file that is loaded when it is called. */
export const commands: ReadonlyMap<string, Listed> = new Map<string, Listed>([
  [
    "run",
    { summary: "grow a goal, or a plan in a file, into a tree of agents", load: () => import("./run.ts") },
  ],
  ["runs", { summary: "list runs", load: () => import("./runs.ts") }],
  ["tree", { summary: "show the tree of a run", load: () => import("./tree.ts") }],
  ["logs", { summary: "show what a node's agent says and does", load: () => import("./logs.ts") }],
  ["answer", { summary: "answer a question that an agent asked", load: () => import("./answer.ts") }],
  ["tell", { summary: "tell a running agent something", load: () => import("./tell.ts") }],
  ["stop", { summary: "cancel a node and all below it", load: () => import("./stop.ts") }],
  ["pause", { summary: "pause a node", load: () => import("./pause.ts") }],
  ["resume", { summary: "let a paused node go on", load: () => import("./resume.ts") }],
  ["modify", { summary: "change what a node is to do", load: () => import("./modify.ts") }],
  ["serve", { summary: "run the daemon in the foreground", load: () => import("./serve.ts") }],
  ["init", { summary: "make cord known to the agents of a project", load: () => import("./init.ts") }],
  ["tasks", { summary: "list tasks", load: () => import("./tasks.ts") }],
  ["agents", { summary: "list agents, and the task each holds", load: () => import("./agents.ts") }],
  ["send", { summary: "post a task to the board", load: () => import("./send.ts") }],
  ["claim", { summary: "claim a pending task; exactly one wins", load: () => import("./claim.ts") }],
  ["extend", { summary: "lengthen the lease of a task you hold", load: () => import("./extend.ts") }],
  ["complete", { summary: "complete a claimed task", load: () => import("./complete.ts") }],
  ["fail", { summary: "end a claimed task as failed", load: () => import("./fail.ts") }],
  ["release", { summary: "give a claimed task back", load: () => import("./release.ts") }],
  ["cancel", { summary: "cancel a task that has not ended", load: () => import("./cancel.ts") }],
  ["reclaim", { summary: "return tasks whose lease has ended", load: () => import("./reclaim.ts") }],
  ["heartbeat", { summary: "say that an agent lives", load: () => import("./heartbeat.ts") }],
  ["wait", { summary: "block until a task matches", load: () => import("./wait.ts") }],
  ["show", { summary: "show a task whole", load: () => import("./show.ts") }],
  ["mcp", { summary: "bridge MCP over stdio to the daemon", load: () => import("./mcp.ts") }],
  ["status", { summary: "show a summary of the board", load: () => import("./status.ts") }],
  ["version", { summary: "print the version", load: () => import("./version.ts") }],
]);

export interface Listed {
  summary: string;
  load(): Promise<{ command: CommandUnknownOpts }>;
}
