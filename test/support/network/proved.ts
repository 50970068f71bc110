import { createHmac, randomBytes } from "node:crypto";
import { nodePrefix, proofText } from "../../../src/core/proof.ts";
import { wire } from "../../../src/core/version.ts";
import { nodeToken } from "../../../src/server/node-token.ts";

/** What a stand-in for a daemon, which knows its token, answers to a client's challenge. Null: the request is none. */
export function proved(request: Request, token: string): Response | null {
  const query = new URL(request.url).searchParams;
  const nonce = query.get("nonce");
  if (nonce === null) return null;
  const instance = randomBytes(16).toString("hex");
  const text = proofText(nonce, instance, request.headers.get("host") ?? "");
  const proof = createHmac("sha256", keyOf(token, query.get("for")))
    .update(text)
    .digest("hex");
  return Response.json({ name: "cord", version: "", wire, database: ":memory:", instance, proof });
}

/** An agent's client knows only the token of its node. */
function keyOf(token: string, node: string | null): string {
  const [taskId = "", epoch = ""] = (node ?? "").slice(nodePrefix.length).split(".");
  return node === null ? token : nodeToken(token, taskId, Number(epoch));
}
