import { environment } from "../../system/environment.ts";
import { print, printJson, tell } from "../output.ts";
import { installService, managerOf, thisHost, uninstallService, untilServed } from "./service/install.ts";
import { wantedService } from "./service/wanted.ts";
import type { Which } from "./which.ts";

interface Flags {
  vault: string | boolean | undefined;
  print: boolean;
  json: boolean;
}

/** Has launchd or systemd run the daemon from now on, or only shows the file by which it would. */
export async function install(which: Which, { vault, print: isPrinted, json }: Flags): Promise<void> {
  const [host, wanted] = [thisHost(), wantedService(which, vault, environment)];
  const manager = managerOf(host, wanted);
  if (isPrinted && json) return printJson({ manager: manager.name, file: manager.file, text: manager.text });
  if (isPrinted) return print(manager.text.trimEnd());
  const done = await installService(manager, wanted, host);
  if (done.started) await untilServed(manager, wanted.url);
  if (json) return printJson({ ...done, url: wanted.url, database: wanted.database, vault: wanted.vault });
  const what = done.changed ? `Wrote ${done.file}` : `${done.file} is as it is to be`;
  if (done.started)
    return print(
      `${what}, and ${done.manager} runs the daemon at ${wanted.url}, now and from the next login on.`,
    );
  await print(`${what}. ${done.manager} does not answer to this user here, so it is not started.`);
  tell(`cord daemon: where it does, run: ${done.commands.join(" && ")}`);
}

/** Takes back what install has done. Done already where there is nothing. */
export async function uninstall(which: Which, json: boolean): Promise<void> {
  const host = thisHost();
  const manager = managerOf(host, wantedService(which, undefined, environment));
  const done = uninstallService(manager, host);
  if (json) return printJson({ removed: done !== null, manager: manager.name, file: manager.file });
  return print(
    done === null
      ? `There is no ${manager.file}.`
      : `${done.ended ? "Ended the service and removed" : "Removed"} ${done.file}. Any command that needs a daemon starts one.`,
  );
}
