import { z } from "zod";
import type { A2aVersion } from "../../core/a2a-version.ts";
import { CordError } from "../../core/error.ts";
import { pushBounds } from "../../core/limits.ts";
import { PushConfig, pushProblem, PushSecrets, PushVersion } from "../../core/push-config.ts";
import { lastSeq } from "../../store/tables/events.ts";
import {
  countPushConfigs,
  findPushConfig,
  putPushConfig,
  type PushKey,
  type PushRow,
} from "../../store/tables/push-configs.ts";
import type { Tx } from "../../store/store.ts";
import type { Sealer } from "../context.ts";
import { operation } from "../operation.ts";
import { request_id } from "../tasks/target.ts";
import { authority, callers, config_id, which } from "./target.ts";

/**
 * Has what happens to a task from now on delivered to a URL; `since` names the event after which it begins. One of the same id
 * is replaced, and loses nothing that it has yet to deliver. Throws `not_allowed` for a URL that no --push-to allows.
 */
export const create = operation({
  summary: "Have what happens to a task delivered to a URL (A2A push notifications).",
  effect: "write",
  callers,
  authority,
  input: () =>
    z.object({
      ...which,
      config_id: config_id.optional(),
      url: z.string(),
      ...PushSecrets.shape,
      version: PushVersion.default("1.0"),
      since: z.number().int().min(0).describe("A seq").optional(),
      request_id,
    }),
  output: () => PushConfig,
  run: async (context, { config_id, url, token, authentication, version, since }) => {
    const { push, newId, now } = context;
    const secrets = { ...(token ? { token } : {}), ...(authentication ? { authentication } : {}) };
    requireFit(config_id, secrets);
    const wanted = { url: push.target(url), version, secrets };
    const sealer = await push.sealer();
    const id = config_id ?? newId();
    const made = await context.writeNoted(
      async (tx, { row }) => {
        const key = { task_id: row.id, id };
        const before = await findPushConfig(tx, key);
        if (before === null) await requireRoom(tx, key);
        else if (isSame(before, wanted, sealer)) return { key, isChanged: false };
        await putPushConfig(tx, {
          ...key,
          ...wanted,
          secrets: Object.keys(secrets).length === 0 ? null : sealer.seal(key, secrets),
          seq: since ?? (await lastSeq(tx)),
          created_at: now,
        });
        return { key, isChanged: true };
      },
      {
        noted: ({ key }) => key,
        remade: (_, key: PushKey) => Promise.resolve({ key, isChanged: false }),
      },
    );
    if (made.isChanged) push.changed(made.key);
    return { task_id: made.key.task_id, config_id: made.key.id, url: wanted.url, version, ...secrets };
  },
});

function requireFit(id: string | undefined, secrets: PushSecrets): void {
  const problem = pushProblem(id, secrets);
  if (problem === null) return;
  const field = problem.field === "id" ? "config_id" : problem.field;
  throw new CordError("invalid", `${field} ${problem.problem}.`, { data: { parameter: field } });
}

interface Wanted {
  url: string;
  version: A2aVersion;
  secrets: PushSecrets;
}

/** Whether it is there already, and delivers well: then a delivery that is under way is left alone. */
function isSame(row: PushRow, { url, version, secrets }: Wanted, sealer: Sealer): boolean {
  if (row.url !== url || row.version !== version || row.state === "given_up" || row.tries > 0) return false;
  const known = row.secrets === null ? {} : sealer.open(row, row.secrets);
  return Bun.deepEquals(known, secrets, true);
}

async function requireRoom(tx: Tx, key: PushKey): Promise<void> {
  const { ofTask, all } = await countPushConfigs(tx, key.task_id);
  if (ofTask >= pushBounds.perTask)
    throw new CordError(
      "limit",
      `A task has ${pushBounds.perTask} push configurations at most: delete one first.`,
    );
  if (all >= pushBounds.perDaemon)
    throw new CordError(
      "limit",
      `There are ${pushBounds.perDaemon} push configurations, which is as many as are kept.`,
    );
}
