import { expect } from "bun:test";
import { openRig, textField, type Rig } from "./rig.ts";

/** A rig in which an agent that goes is gone a minute later: a daemon so young takes nobody for gone. */
export function openGrownRig(): Rig {
  const rig = openRig();
  rig.advance(60_000);
  return rig;
}

/** A task that alice holds for 100 s, and its id. */
export async function heldByAlice(rig: Rig, more: object = {}): Promise<string> {
  const id = textField(await rig.call("tasks/send", { name: "fix it", ...more }), "id");
  await rig.call("tasks/claim", { id, agentId: "alice", leaseSeconds: 100 });
  return id;
}

/** What a refused call throws. */
export function refusal(code: string, message?: string): object {
  return message === undefined ? { code } : { code, message: expect.stringContaining(message) };
}
