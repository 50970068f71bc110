/** A command's line in `cord --help`; `group` is the heading that it stands under. */
interface CommandLine {
  name: string;
  group: "Runs" | "Board" | "Setup";
  summary: string;
}

/** Every command, in the order of `cord --help`. commands.ts says which file each is loaded from. */
export const commandList = [
  { name: "run", group: "Runs", summary: "grow a goal, or a plan in a file, into a tree of agents" },
  { name: "runs", group: "Runs", summary: "list runs" },
  { name: "skills", group: "Runs", summary: "list the plans that are kept under a name" },
  { name: "tree", group: "Runs", summary: "show the tree of a run" },
  { name: "report", group: "Runs", summary: "print the report of a run again" },
  { name: "logs", group: "Runs", summary: "show what a node's agent says and does" },
  { name: "approve", group: "Runs", summary: "let what a node has planned be worked on" },
  { name: "reject", group: "Runs", summary: "have a node plan again, with a remark" },
  { name: "answer", group: "Runs", summary: "answer a question that an agent asked" },
  { name: "tell", group: "Runs", summary: "tell an agent at work something" },
  { name: "stop", group: "Runs", summary: "cancel a node and all below it" },
  { name: "pause", group: "Runs", summary: "pause a node" },
  { name: "resume", group: "Runs", summary: "let a paused node go on" },
  { name: "retry", group: "Runs", summary: "try a failed or cancelled node again" },
  { name: "modify", group: "Runs", summary: "change what a node is to do" },
  { name: "send", group: "Board", summary: "post a task to the board" },
  { name: "tasks", group: "Board", summary: "list tasks" },
  { name: "show", group: "Board", summary: "show a task, a node or a run whole" },
  { name: "claim", group: "Board", summary: "claim a pending task; exactly one wins" },
  { name: "extend", group: "Board", summary: "lengthen the lease of a task you hold" },
  { name: "say", group: "Board", summary: "say how a task you hold goes" },
  { name: "ask", group: "Board", summary: "ask whoever sent a task you hold" },
  { name: "complete", group: "Board", summary: "complete a claimed task" },
  { name: "fail", group: "Board", summary: "end a claimed task as failed" },
  { name: "release", group: "Board", summary: "give a claimed task back" },
  { name: "cancel", group: "Board", summary: "cancel a task that has not ended" },
  { name: "reclaim", group: "Board", summary: "return tasks whose lease has ended" },
  { name: "wait", group: "Board", summary: "block until a task matches" },
  { name: "inbox", group: "Board", summary: "read your messages, and what concerns you" },
  { name: "reply", group: "Board", summary: "answer a message" },
  { name: "watch", group: "Board", summary: "be told when a task matches, without waiting" },
  { name: "agents", group: "Board", summary: "list agents, what each does, and how it is woken" },
  { name: "poke", group: "Board", summary: "wake an agent's tab now" },
  { name: "heartbeat", group: "Board", summary: "say that an agent lives" },
  { name: "reserve", group: "Board", summary: "reserve files before you edit them" },
  { name: "unreserve", group: "Board", summary: "release files that are reserved" },
  { name: "reservations", group: "Board", summary: "list the files that are reserved" },
  { name: "top", group: "Board", summary: "watch agents, tasks and runs live" },
  { name: "status", group: "Board", summary: "show a summary of the board" },
  { name: "init", group: "Setup", summary: "make cord known to the agents of a project" },
  { name: "config", group: "Setup", summary: "show what holds for runs here, and who says so" },
  { name: "serve", group: "Setup", summary: "run the daemon in the foreground" },
  { name: "import", group: "Setup", summary: "bring the tasks of another board over" },
  { name: "daemon", group: "Setup", summary: "look at the daemon, end it, or restart it" },
  { name: "mcp", group: "Setup", summary: "bridge MCP over stdio to the daemon" },
  { name: "hook", group: "Setup", summary: "answer a hook of a client" },
  { name: "backup", group: "Setup", summary: "copy the database into a file while the daemon runs" },
  { name: "doctor", group: "Setup", summary: "say what is missing here, and how to fix it" },
  { name: "upgrade", group: "Setup", summary: "replace this cord by a newer release" },
  { name: "completions", group: "Setup", summary: "complete commands and flags in a shell" },
  { name: "version", group: "Setup", summary: "print the version" },
] as const satisfies readonly CommandLine[];

export type CommandName = (typeof commandList)[number]["name"];

export const commandNames: ReadonlySet<string> = new Set(commandList.map(({ name }) => name));
