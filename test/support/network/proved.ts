import { createHmac, randomBytes } from "node:crypto";
import { proofText } from "../../../src/core/proof.ts";
import { wire } from "../../../src/core/version.ts";

/** What a stand-in for a daemon, which knows its token, answers to a client's challenge. Null: the request is none. */
export function proved(request: Request, token: string): Response | null {
  const nonce = new URL(request.url).searchParams.get("nonce");
  if (nonce === null) return null;
  const instance = randomBytes(16).toString("hex");
  const text = proofText(nonce, instance, request.headers.get("host") ?? "");
  const proof = createHmac("sha256", token).update(text).digest("hex");
  return Response.json({ name: "cord", version: "", wire, database: ":memory:", instance, proof });
}
