import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { parseJson } from "../../../core/json.ts";
import { PushSecrets } from "../../../core/push-config.ts";
import type { Sealer } from "../../../operations/context.ts";
import type { PushKey } from "../../../store/tables/push-configs.ts";
import { sealed } from "../../../system/secret.ts";

/**
 * Secrets lie in the database under a key of the daemon's token (AES-256-GCM), so that a copy of it shows none; and bound to their
 * configuration, so that no row can lend them to another.
 */
export function sealerOf(token: string): Sealer {
  const key = Buffer.from(sealed(token, "the secrets of push configurations"), "hex");
  return {
    seal: (owner, secrets) => sealedBy(key, owner, secrets),
    open: (owner, kept) => openedBy(key, owner, kept),
  };
}

function sealedBy(key: Buffer, owner: PushKey, secrets: PushSecrets): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, key, iv).setAAD(boundTo(owner));
  const text = Buffer.concat([cipher.update(JSON.stringify(secrets), "utf8"), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), text]).toString("base64");
}

function openedBy(key: Buffer, owner: PushKey, kept: string): PushSecrets | null {
  const bytes = Buffer.from(kept, "base64");
  const [iv, tag] = [bytes.subarray(0, ivBytes), bytes.subarray(ivBytes, ivBytes + tagBytes)];
  try {
    const cipher = createDecipheriv(algorithm, key, iv).setAAD(boundTo(owner)).setAuthTag(tag);
    const text = Buffer.concat([cipher.update(bytes.subarray(ivBytes + tagBytes)), cipher.final()]);
    return PushSecrets.parse(parseJson(text.toString("utf8")));
  } catch {
    return null;
  }
}

const algorithm = "aes-256-gcm";
const [ivBytes, tagBytes] = [12, 16];

function boundTo({ task_id, id }: PushKey): Buffer {
  return Buffer.from(`${task_id} ${id}`);
}
