import { Command } from "@commander-js/extra-typings";
import { connect } from "../client/connect.ts";
import type { Client } from "../client/client.ts";
import { CordError } from "../core/error.ts";
import type { Reservation } from "../core/reservation.ts";
import { asOption } from "./board/flags.ts";
import { pathFrom } from "./board/patterns.ts";
import { actorOf, requireActor } from "./board/who.ts";
import { currentFolder, jsonOption, urlOption } from "./options.ts";
import { printDone } from "./output.ts";

export const command = new Command("unreserve")
  .description("Release files that are reserved: yours, or by its id anybody's.")
  .argument("[what...]", "the id of a reservation, or its beginning; or paths as they were reserved")
  .option("--all", "all that are yours")
  .addOption(asOption())
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    "\nExamples:\n  $ cord unreserve src/api --as alice\n  $ cord unreserve 019aa4f1-77c2",
  )
  .action(async (what, { all, as, json, url }) => {
    if ((all === true) === what.length > 0)
      throw new CordError("usage", "Say which: ids or paths, or --all for all that are yours.");
    const client = await connect(url);
    const released = await releasedBy(client, what, as);
    return printDone(released, json, async () => {
      const { releasedLines } = await import("./board/reservation-table.ts");
      return releasedLines(released);
    });
  });

/** A person who is no agent may release by an id only. */
async function releasedBy(
  client: Client,
  what: readonly string[],
  as: string | undefined,
): Promise<Reservation[]> {
  const ids = what.filter((one) => isId.test(one));
  const paths = what.filter((one) => !isId.test(one)).map((path) => pathFrom(currentFolder(), path));
  const isById = paths.length === 0 && ids.length > 0;
  const agentId = isById ? ((await actorOf(client, as)) ?? undefined) : await requireActor(client, as);
  const released: Reservation[] = [];
  for (const id of ids) released.push(...(await client.call("files/release", { id, agentId })));
  if (isById) return released;
  const rest = await client.call("files/release", { agentId, ...(paths.length > 0 ? { paths } : {}) });
  return [...released, ...rest];
}

/** As ids begin. A file of such a name is ./NAME. */
const isId = /^[0-9a-f]{8}[0-9a-f-]*$/;
