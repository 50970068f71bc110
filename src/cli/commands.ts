import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { commandList, type CommandName } from "./command-list.ts";

interface Listed {
  /** the heading it stands under in cord --help, in the order of the list */
  group: (typeof commandList)[number]["group"];
  summary: string;
  load(): Promise<{ command: CommandUnknownOpts }>;
}

/** The file of each command. It is imported when the command is called: no other command pays for it. */
const loaders: Readonly<Record<CommandName, Listed["load"]>> = {
  run: () => import("./run.ts"),
  runs: () => import("./runs.ts"),
  skills: () => import("./skills.ts"),
  tree: () => import("./tree.ts"),
  report: () => import("./report.ts"),
  logs: () => import("./logs.ts"),
  approve: () => import("./approve.ts"),
  reject: () => import("./reject.ts"),
  answer: () => import("./answer.ts"),
  tell: () => import("./tell.ts"),
  stop: () => import("./stop.ts"),
  pause: () => import("./pause.ts"),
  resume: () => import("./resume.ts"),
  retry: () => import("./retry.ts"),
  modify: () => import("./modify.ts"),
  send: () => import("./send.ts"),
  tasks: () => import("./tasks.ts"),
  show: () => import("./show.ts"),
  claim: () => import("./claim.ts"),
  extend: () => import("./extend.ts"),
  say: () => import("./say.ts"),
  ask: () => import("./ask.ts"),
  complete: () => import("./complete.ts"),
  fail: () => import("./fail.ts"),
  release: () => import("./release.ts"),
  cancel: () => import("./cancel.ts"),
  reclaim: () => import("./reclaim.ts"),
  wait: () => import("./wait.ts"),
  inbox: () => import("./inbox.ts"),
  reply: () => import("./reply.ts"),
  watch: () => import("./watch.ts"),
  agents: () => import("./agents.ts"),
  poke: () => import("./poke.ts"),
  heartbeat: () => import("./heartbeat.ts"),
  reserve: () => import("./reserve.ts"),
  unreserve: () => import("./unreserve.ts"),
  reservations: () => import("./reservations.ts"),
  top: () => import("./top.ts"),
  status: () => import("./status.ts"),
  init: () => import("./init.ts"),
  config: () => import("./config.ts"),
  serve: () => import("./serve.ts"),
  import: () => import("./import.ts"),
  daemon: () => import("./daemon.ts"),
  mcp: () => import("./mcp.ts"),
  hook: () => import("./hook.ts"),
  backup: () => import("./backup.ts"),
  doctor: () => import("./doctor.ts"),
  upgrade: () => import("./upgrade.ts"),
  completions: async () => ({ command: (await import("./completions.ts")).completionsOf(commands) }),
  version: () => import("./version.ts"),
};

export const commands: ReadonlyMap<string, Listed> = new Map(
  commandList.map(({ name, group, summary }) => [name, { group, summary, load: loaders[name] }]),
);
