import { answer } from "./nodes/answer.ts";
import * as agents from "./agents.ts";
import { create } from "./nodes/create.ts";
import * as daemon from "./daemon.ts";
import * as engine from "./nodes/claim.ts";
import { importBoard } from "./board.ts";
import * as lists from "./tasks/list.ts";
import * as nodes from "./nodes/steer.ts";
import * as projects from "./projects.ts";
import * as reading from "./nodes/read.ts";
import { reopen, retry } from "./nodes/retry.ts";
import * as runs from "./runs/read.ts";
import * as status from "./status.ts";
import * as tasks from "./tasks/lease.ts";
import type { Operation } from "./operation.ts";

/** All that cord can do. JSON-RPC, the MCP tools, the client's types and the docs are derived from this list. */
export const operations = {
  "tasks/send": tasks.send,
  "tasks/get": tasks.get,
  "tasks/history": tasks.history,
  "tasks/list": lists.list,
  "tasks/page": lists.page,
  "tasks/count": lists.count,
  "tasks/short_ids": lists.shortIds,
  "tasks/claim": tasks.claim,
  "tasks/extend": tasks.extend,
  "tasks/release": tasks.release,
  "tasks/reclaim": tasks.reclaim,
  "tasks/complete": tasks.complete,
  "tasks/fail": tasks.fail,
  "tasks/cancel": tasks.cancel,
  "agents/heartbeat": agents.heartbeat,
  "agents/list": agents.list,
  "board/import": importBoard,
  "projects/list": projects.list,
  "runs/create": runs.create,
  "runs/modify": runs.modify,
  "runs/reopen": reopen,
  "runs/list": runs.list,
  "runs/get": runs.get,
  "runs/result": runs.result,
  "runs/report": engine.report,
  "nodes/tree": reading.readTree,
  "nodes/read": reading.readNode,
  "nodes/create": create,
  "nodes/complete": nodes.complete,
  "nodes/ask": nodes.ask,
  "nodes/answer": answer,
  "nodes/stop": nodes.stop,
  "nodes/pause": nodes.pause,
  "nodes/resume": nodes.resume,
  "nodes/retry": retry,
  "nodes/modify": nodes.modify,
  "nodes/tell": nodes.tell,
  "nodes/claim": engine.claim,
  "nodes/renew": engine.renew,
  "nodes/settle": engine.settleNode,
  "nodes/release": engine.release,
  "nodes/fail": engine.fail,
  "nodes/takeover": engine.takeOver,
  "daemon/status": status.read,
  "daemon/describe": daemon.describe,
  "daemon/backup": daemon.backup,
  "daemon/stop": daemon.stop,
} as const;

export type Operations = typeof operations;
export type OperationName = keyof Operations;

const byName: ReadonlyMap<string, Operation> = new Map(Object.entries(operations));

/** The operation of this name, as a caller on the wire gives it. */
export function findOperation(name: string): Operation | undefined {
  return byName.get(name);
}

/** The operations that MCP shows under a profile, in the order of the list. */
export function toolsOf(profile: "board" | "tree"): Operation[] {
  return [...byName.values()].filter((operation) => operation.tool?.profile === profile);
}
