import { CordError } from "../../core/error.ts";
import { keyPrefix, nodePrefix } from "../../core/proof.ts";
import type { Caller } from "../../core/tree.ts";
import { isSame } from "../../system/secret.ts";
import type { Store } from "../../store/store.ts";
import { findTask } from "../../store/tables/ids.ts";
import { isNode } from "../../store/tables/node-row.ts";
import { nodeToken } from "../node-token.ts";
import type { GuardedRequest } from "./guard.ts";
import type { Prover } from "../proof.ts";

export interface Auth {
  /** null: no token is asked for (`--open`) */
  secret: string | null;
  /** what node tokens are sealed with */
  seal: string;
  prover: Prover;
  store: Store;
}

/** Who shows the request's Authorization. Throws `unauthorized` for a missing or wrong one. */
export async function callerOf(auth: Auth, { headers }: GuardedRequest): Promise<Caller> {
  const token = /^Bearer (.+)$/i.exec(headers.get("authorization") ?? "")?.[1]?.trim() ?? null;
  if (token?.startsWith(nodePrefix)) return nodeCaller(auth, token);
  if (auth.secret === null || (token !== null && isPersons(auth, token, auth.secret, headers)))
    return { kind: "human" };
  throw new CordError(
    "unauthorized",
    token === null
      ? "A token is needed. cord's own commands send it by themselves; docs/security.md says where it is for others."
      : "The token is not this daemon's.",
  );
}

function isPersons(auth: Auth, token: string, secret: string, headers: GuardedRequest["headers"]): boolean {
  if (!token.startsWith(keyPrefix)) return isSame(token, secret);
  return isSame(token, auth.prover.keyFor(headers.get("host")?.toLowerCase() ?? ""));
}

async function nodeCaller(auth: Auth, token: string): Promise<Caller> {
  const [, taskId = "", epoch = ""] = token.split(".");
  if (!isSame(token, nodeToken(auth.seal, taskId, Number(epoch))))
    throw new CordError("unauthorized", "The node's token is not valid.");
  const row = await auth.store.read((tx) => findTask(tx, taskId));
  if (row === null || !isNode(row)) throw new CordError("unauthorized", "The node of this token is gone.");
  return {
    kind: "node",
    runId: row.run_id,
    taskId: row.id,
    number: row.number,
    path: row.path,
    epoch: Number(epoch),
  };
}
