import type { CommandUnknownOpts } from "@commander-js/extra-typings";

/** Every command: its one line in the help, and the file that is loaded when it is called. */
export const commands: ReadonlyMap<string, Listed> = new Map<string, Listed>([
  [
    "run",
    {
      group: "Runs",
      summary: "grow a goal, or a plan in a file, into a tree of agents",
      load: () => import("./run.ts"),
    },
  ],
  ["runs", { group: "Runs", summary: "list runs", load: () => import("./runs.ts") }],
  ["tree", { group: "Runs", summary: "show the tree of a run", load: () => import("./tree.ts") }],
  [
    "report",
    { group: "Runs", summary: "print the report of a run again", load: () => import("./report.ts") },
  ],
  [
    "logs",
    { group: "Runs", summary: "show what a node's agent says and does", load: () => import("./logs.ts") },
  ],
  [
    "answer",
    { group: "Runs", summary: "answer a question that an agent asked", load: () => import("./answer.ts") },
  ],
  ["tell", { group: "Runs", summary: "tell a running agent something", load: () => import("./tell.ts") }],
  ["stop", { group: "Runs", summary: "cancel a node and all below it", load: () => import("./stop.ts") }],
  ["pause", { group: "Runs", summary: "pause a node", load: () => import("./pause.ts") }],
  ["resume", { group: "Runs", summary: "let a paused node go on", load: () => import("./resume.ts") }],
  [
    "retry",
    { group: "Runs", summary: "try a failed or cancelled node again", load: () => import("./retry.ts") },
  ],
  ["modify", { group: "Runs", summary: "change what a node is to do", load: () => import("./modify.ts") }],
  ["send", { group: "Board", summary: "post a task to the board", load: () => import("./send.ts") }],
  ["tasks", { group: "Board", summary: "list tasks", load: () => import("./tasks.ts") }],
  [
    "show",
    { group: "Board", summary: "show a task, a node or a run whole", load: () => import("./show.ts") },
  ],
  [
    "claim",
    { group: "Board", summary: "claim a pending task; exactly one wins", load: () => import("./claim.ts") },
  ],
  [
    "extend",
    { group: "Board", summary: "lengthen the lease of a task you hold", load: () => import("./extend.ts") },
  ],
  ["complete", { group: "Board", summary: "complete a claimed task", load: () => import("./complete.ts") }],
  ["fail", { group: "Board", summary: "end a claimed task as failed", load: () => import("./fail.ts") }],
  ["release", { group: "Board", summary: "give a claimed task back", load: () => import("./release.ts") }],
  [
    "cancel",
    { group: "Board", summary: "cancel a task that has not ended", load: () => import("./cancel.ts") },
  ],
  [
    "reclaim",
    { group: "Board", summary: "return tasks whose lease has ended", load: () => import("./reclaim.ts") },
  ],
  ["wait", { group: "Board", summary: "block until a task matches", load: () => import("./wait.ts") }],
  [
    "agents",
    { group: "Board", summary: "list agents, and the task each holds", load: () => import("./agents.ts") },
  ],
  ["heartbeat", { group: "Board", summary: "say that an agent lives", load: () => import("./heartbeat.ts") }],
  ["top", { group: "Board", summary: "watch agents, tasks and runs live", load: () => import("./top.ts") }],
  ["status", { group: "Board", summary: "show a summary of the board", load: () => import("./status.ts") }],
  [
    "init",
    {
      group: "Setup",
      summary: "make cord known to the agents of a project",
      load: () => import("./init.ts"),
    },
  ],
  [
    "serve",
    { group: "Setup", summary: "run the daemon in the foreground", load: () => import("./serve.ts") },
  ],
  [
    "import",
    {
      group: "Setup",
      summary: "bring the tasks of another board over",
      load: () => import("./import.ts"),
    },
  ],
  [
    "daemon",
    {
      group: "Setup",
      summary: "look at the daemon, end it, or restart it",
      load: () => import("./daemon.ts"),
    },
  ],
  ["mcp", { group: "Setup", summary: "bridge MCP over stdio to the daemon", load: () => import("./mcp.ts") }],
  [
    "backup",
    {
      group: "Setup",
      summary: "copy the database into a file while the daemon runs",
      load: () => import("./backup.ts"),
    },
  ],
  [
    "doctor",
    {
      group: "Setup",
      summary: "say what is missing here, and how to mend it",
      load: () => import("./doctor.ts"),
    },
  ],
  [
    "completions",
    {
      group: "Setup",
      summary: "complete commands and flags in a shell",
      load: () => import("./completions.ts"),
    },
  ],
  ["version", { group: "Setup", summary: "print the version", load: () => import("./version.ts") }],
]);

export interface Listed {
  /** the heading it stands under in cord --help, in the order of this table */
  group: "Runs" | "Board" | "Setup";
  summary: string;
  load(): Promise<{ command: CommandUnknownOpts }>;
}
