import { rmSync } from "node:fs";
import type { Client } from "../../client/client.ts";
import { CordError } from "../../core/error.ts";
import { limits } from "../../core/limits.ts";
import { nodeName } from "../../core/words.ts";
import { editInTerminal } from "../../engine/process/editor.ts";
import { environment } from "../../system/environment.ts";
import { readSmall } from "../../system/small-file.ts";
import { fileToEdit, unchanged } from "./edited-file.ts";

/**
 * Has a person edit the goal of a node, on the first line, and its prompt below, in their editor; what was done, in a
 * sentence. Rejects with why it was not; the file stays then, and its name is said.
 */
export async function editNode(client: Client, runId: string, number: number): Promise<string> {
  const target = { run_id: runId, node_id: nodeName(number) };
  const { goal, prompt = "" } = await client.call("nodes/read", target);
  const file = fileToEdit(runId, `node-${number}`, `${goal}\n\n${prompt}\n`);
  await editInTerminal(file, environment);
  const text = readSmall(file, limits.bodyBytes);
  if (text === null)
    throw new CordError(
      "invalid",
      `${file} cannot be read, or is larger than ${limits.bodyBytes / 1024 / 1024} MiB.`,
    );
  const [first = "", ...rest] = text.split("\n");
  const changed = {
    ...(first.trim() === goal ? {} : { goal: first.trim() }),
    ...(rest.join("\n").trim() === prompt.trim() ? {} : { prompt: rest.join("\n").trim() }),
  };
  if (Object.keys(changed).length === 0) {
    rmSync(file, { force: true });
    return unchanged;
  }
  await client.call("nodes/modify", { ...target, ...changed }).catch((error: unknown) => {
    if (!(error instanceof CordError)) throw error;
    throw new CordError(error.code, `${error.message} What you wrote is kept: ${file}`, { cause: error });
  });
  rmSync(file, { force: true });
  return `${target.node_id} has what you wrote.`;
}
