import { plain } from "../../core/text.ts";
import { counted } from "../../core/wording.ts";
import { createClient } from "../../client/client.ts";
import { endDaemon, type Ending } from "../../client/daemon/ending.ts";
import { daemonToken } from "../../client/token.ts";
import { print, printJson, tell } from "../output.ts";
import { daemonOf, noneOf, type Which } from "./which.ts";

/** Ends the daemon. Done already when there is none. As JSON: `ended` says whether one was there. */
export async function stop(which: Which, json: boolean): Promise<void> {
  const found = await daemonOf(which);
  if (found === null) return json ? printJson({ ended: false }) : print(await noneOf(which, "stop"));
  const { pid, database } = found.state === "shut" ? found.said : found.health;
  const waiting = found.state === "answers" ? await clientsOf(found.url) : 0;
  const ending = await endDaemon(found);
  if (json) await printJson({ ended: true, pid, database, how: ending });
  else await print(`${endings[ending]}${pid === null ? "" : ` pid ${pid},`} database ${database}.`);
  const service = found.state === "answers" || found.state === "shut" ? found.said?.service : null;
  if (service)
    tell(
      `cord daemon: it was run by ${service.manager}, as ${plain(service.name)}, which starts it again: at the next login, if not before.`,
    );
  if (waiting > 0)
    tell(
      `cord daemon: ${counted(waiting, "client waits", "clients wait")} for something, and will start another daemon.`,
    );
}

const endings: Readonly<Record<Ending, string>> = {
  asked: "Ended the daemon:",
  told: "Ended the daemon, which did not answer, by a signal:",
  killed: "Killed the daemon, which did not answer (what it had acknowledged is on disk):",
};

/** A bridge or a wait starts a daemon when its own is gone. */
async function clientsOf(url: string): Promise<number> {
  const { clients } = await createClient({ url, token: daemonToken() }).call("daemon/describe", {});
  return clients;
}
