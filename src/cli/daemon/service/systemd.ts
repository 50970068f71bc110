import { isAbsolute, join } from "node:path";
import type { Environment } from "../../../core/environment.ts";
import { CordError } from "../../../core/error.ts";
import { lines, type ServiceManager } from "./contract.ts";
import type { WantedService } from "./wanted.ts";

const unit = "cord.service";

/** systemd's manager of a user's units. Sources: systemd.unit(5), systemd.service(5), systemd.exec(5). */
export function systemd(home: string, env: Environment, wanted: WantedService): ServiceManager {
  const config = env.XDG_CONFIG_HOME;
  const folder = config && isAbsolute(config) ? config : join(home, ".config");
  return {
    name: "systemd",
    service: unit,
    file: join(folder, "systemd/user", unit),
    text: unitText(wanted),
    isThere: ask("show-environment"),
    runs: ask("is-active", "--quiet", unit),
    start: [ask("daemon-reload"), ask("enable", "--now", unit)],
    startAnew: [ask("daemon-reload"), ask("enable", unit), ask("restart", unit)],
    stop: [ask("disable", "--now", unit)],
    afterRemoval: [ask("daemon-reload")],
  };
}

function ask(...words: string[]): string[] {
  return ["systemctl", "--user", ...words];
}

/**
 * Its own folders are not all that it writes: a person may name any file to cord backup, and any folder for the vault. So no
 * part of the disk is closed to it, nor is memory that is both written and run, which its JavaScript engine needs.
 */
function unitText({ command, env }: WantedService): string {
  const [program = "", ...words] = command;
  if (/["'\\]/.test(program))
    throw new CordError(
      "usage",
      `systemd starts no program whose path holds a quote or a backslash, as ${program} does. Move cord elsewhere, then call that one.`,
    );
  return lines(
    "# made by cord daemon install; cord daemon uninstall takes it away",
    "[Unit]",
    "Description=cord, the daemon of the board and of runs",
    "",
    "[Service]",
    `ExecStart=${[quoted(program), ...words.map((word) => quoted(word.replaceAll("$", "$$$$")))].join(" ")}`,
    ...Object.entries(env).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`),
    "Restart=on-failure",
    "RestartSec=1",
    "UMask=0077",
    "NoNewPrivileges=yes",
    "LockPersonality=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK",
    "SystemCallArchitectures=native",
    "",
    "[Install]",
    "WantedBy=default.target",
  );
}

/** As a word of a command line: % begins a specifier everywhere; a $ begins a variable in all words but the first. */
function quoted(word: string): string {
  return `"${word.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%")}"`;
}
