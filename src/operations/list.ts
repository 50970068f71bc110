import { note as noteAccount } from "./accounts/note.ts";
import * as agents from "./agents.ts";
import { importBoard } from "./board.ts";
import * as daemon from "./daemon.ts";
import { follow } from "./events.ts";
import { check as checkFiles } from "./files/check.ts";
import { list as listFiles } from "./files/list.ts";
import { release as releaseFiles } from "./files/release.ts";
import { reserve as reserveFiles } from "./files/reserve.ts";
import { list as listMessages } from "./messages/list.ts";
import { send as sendMessage } from "./messages/send.ts";
import { answer } from "./nodes/answer.ts";
import { ask } from "./nodes/ask.ts";
import { claim } from "./nodes/claim.ts";
import { complete } from "./nodes/complete.ts";
import { create } from "./nodes/create.ts";
import * as nodeLease from "./nodes/lease.ts";
import * as nodes from "./nodes/read.ts";
import { retry } from "./nodes/retry.ts";
import * as steer from "./nodes/steer.ts";
import { named, type Operation } from "./operation.ts";
import * as projects from "./projects.ts";
import { create as createRun } from "./runs/create.ts";
import { goOn as runGoesOn } from "./runs/go-on.ts";
import { end as endWork } from "./runs/end-work.ts";
import { lost } from "./runs/lost.ts";
import { modify as modifyRun } from "./runs/modify.ts";
import { create as createPush } from "./push/create.ts";
import { remove as removePush } from "./push/delete.ts";
import * as push from "./push/read.ts";
import { status as pushStatus } from "./push/status.ts";
import { edit as editPlan } from "./runs/edit.ts";
import * as plans from "./runs/plan.ts";
import * as runs from "./runs/read.ts";
import { history as historyOfRun, record as recordOfRun } from "./runs/record.ts";
import { remove as removeRun } from "./runs/remove.ts";
import { reopen } from "./runs/reopen.ts";
import { report } from "./runs/report.ts";
import { follow as followTab } from "./tabs/follow.ts";
import { hook as hookOfTab } from "./tabs/hook.ts";
import { poke as pokeTab } from "./tabs/poke.ts";
import { report as reportTab } from "./tabs/report.ts";
import { whose as whoseTab } from "./tabs/whose.ts";
import { answer as answerTask, tell as tellTask } from "./tasks/answer.ts";
import { archived } from "./tasks/archived.ts";
import { ask as askOfTask } from "./tasks/ask.ts";
import { complete as completeTask } from "./tasks/complete.ts";
import * as taskEnd from "./tasks/end.ts";
import * as taskLease from "./tasks/lease.ts";
import { latest } from "./tasks/latest.ts";
import * as lists from "./tasks/list.ts";
import * as tasks from "./tasks/read.ts";
import { say } from "./tasks/say.ts";
import { send } from "./tasks/send.ts";
import { watch } from "./tasks/watch.ts";

/** All that cord can do. JSON-RPC, the MCP tools, the client's types and the docs are derived from this list. */
export const operations = named({
  "tasks/send": send,
  "tasks/get": tasks.get,
  "tasks/history": tasks.history,
  "tasks/archived": archived,
  "tasks/list": lists.list,
  "tasks/page": lists.page,
  "tasks/latest": latest,
  "tasks/count": lists.count,
  "tasks/short_ids": lists.shortIds,
  "tasks/claim": taskLease.claim,
  "tasks/extend": taskLease.extend,
  "tasks/release": taskLease.release,
  "tasks/reclaim": taskLease.reclaim,
  "tasks/say": say,
  "tasks/ask": askOfTask,
  "tasks/answer": answerTask,
  "tasks/tell": tellTask,
  "tasks/complete": completeTask,
  "tasks/fail": taskEnd.fail,
  "tasks/cancel": taskEnd.cancel,
  "tasks/watch": watch,
  "messages/send": sendMessage,
  "messages/list": listMessages,
  "agents/heartbeat": agents.heartbeat,
  "agents/list": agents.list,
  "tabs/report": reportTab,
  "tabs/whose": whoseTab,
  "tabs/hook": hookOfTab,
  "tabs/poke": pokeTab,
  "board/import": importBoard,
  "projects/list": projects.list,
  "files/reserve": reserveFiles,
  "files/release": releaseFiles,
  "files/list": listFiles,
  "files/check": checkFiles,
  "runs/create": createRun,
  "runs/modify": modifyRun,
  "runs/reopen": reopen,
  "runs/remove": removeRun,
  "runs/go-on": runGoesOn,
  "runs/plan": plans.plan,
  "runs/edit": editPlan,
  "runs/approve": plans.approve,
  "runs/reject": plans.reject,
  "runs/shown": plans.shown,
  "runs/list": runs.list,
  "runs/get": runs.get,
  "runs/result": runs.result,
  "runs/record": recordOfRun,
  "runs/history": historyOfRun,
  "runs/report": report,
  "runs/end-work": endWork,
  "runs/lost": lost,
  "accounts/note": noteAccount,
  "nodes/tree": nodes.tree,
  "nodes/read": nodes.read,
  "nodes/create": create,
  "nodes/complete": complete,
  "nodes/ask": ask,
  "nodes/answer": answer,
  "nodes/stop": steer.stop,
  "nodes/pause": steer.pause,
  "nodes/resume": steer.resume,
  "nodes/retry": retry,
  "nodes/modify": steer.modify,
  "nodes/tell": steer.tell,
  "nodes/claim": claim,
  "nodes/renew": nodeLease.renew,
  "nodes/settle": nodeLease.settle,
  "nodes/refuse": nodeLease.refuse,
  "nodes/release": nodeLease.release,
  "nodes/fail": nodeLease.fail,
  "nodes/takeover": nodeLease.takeover,
  "push/create": createPush,
  "push/get": push.get,
  "push/list": push.list,
  "push/delete": removePush,
  "push/status": pushStatus,
  "daemon/status": daemon.status,
  "daemon/describe": daemon.describe,
  "daemon/backup": daemon.backup,
  "daemon/stop": daemon.stop,
});

/** What can be followed. Each has a route of its own. */
export const streams = named({ "events/follow": follow, "tabs/follow": followTab });

export type Operations = typeof operations;
export type OperationName = keyof Operations;

/** The operations that MCP shows under a profile, in the order of the list. */
export function toolsOf(profile: "board" | "tree"): Operation[] {
  return Object.values<Operation>(operations).filter((operation) => operation.tool?.profile === profile);
}
