import { nodePrefix } from "../core/proof.ts";
import { sealed } from "../system/secret.ts";

/**
 * A node's token names its task and epoch and is sealed with the daemon's secret, so that it survives a restart
 * without being stored: `cord-node.<task>.<epoch>.<seal>`.
 */
export function nodeToken(secret: string, taskId: string, epoch: number): string {
  const body = `${nodePrefix}${taskId}.${epoch}`;
  return `${body}.${sealed(secret, body, "base64url")}`;
}
