import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createClient, type Client } from "../../../src/client/client.ts";
import { daemonToken } from "../../../src/client/token.ts";
import { until } from "../until.ts";
import { cordBinary } from "./binary.ts";
import { start as startProgram, type Finished, type Running } from "./command.ts";
import { freePort } from "./free-port.ts";
import { isDaemon, processesMarked, signal, type Found } from "./processes.ts";
import { temporaryDirectory } from "./temporary.ts";

/**
 * A machine of its own: folders, a port, an environment, and the compiled binary. All that it starts has its data folder
 * in its environment: by that mark its processes are found, also those that were nobody's child, and are ended.
 */
export interface Machine {
  /** HOME */
  home: string;
  /** the project that commands run in, in the home as most are */
  cwd: string;
  /** the user's data directory */
  data: string;
  /** what lies here comes before all other programs */
  bin: string;
  /** of the daemon, whether it runs or not; ends in a slash */
  url: string;
  /** of all that is started; may be changed before */
  env: Record<string, string>;
  binary: string;
  token: string;
  /** a person's client that starts no daemon */
  client: Client;
  argv(...args: string[]): string[];
  /** Starts a command that is left running. */
  start(...args: string[]): Running;
  /** As start, in another folder than the project. */
  startIn(folder: string, ...args: string[]): Running;
  /** Runs a command to its end. */
  cord(...args: string[]): Promise<Finished>;
  /** Puts a shell script of this name into bin. */
  program(name: string, script: string): void;
  /** What is alive of all that was started here. */
  processes(): Found[];
  /** The daemons among these, also those that are not up yet. */
  daemons(): Found[];
  /** Ends with SIGKILL what is alive, or what of it is asked for, and resolves when it is gone. */
  kill(which?: (found: Found) => boolean): Promise<void>;
}

/** `environment`: what commands are given beside the machine's own, by its home. */
export async function startMachine(
  environment: (home: string) => Record<string, string> = plain,
): Promise<Machine> {
  const folder = temporaryDirectory("machine");
  const [home, data, bin] = [join(folder, "home"), join(folder, "data"), join(folder, "bin")];
  const cwd = join(home, "project");
  for (const path of [home, cwd, bin]) mkdirSync(path);
  const binary = await cordBinary();
  const url = `http://127.0.0.1:${await freePort()}/`;
  const env = environment(home);
  const path = `${bin}:${env["PATH"] ?? ""}`;
  Object.assign(env, { HOME: home, XDG_DATA_HOME: data, CORD_URL: url, PATH: path });
  const token = daemonToken(join(data, "cord/token"));
  const processes = () => processesMarked(`XDG_DATA_HOME=${data}`);
  const machine: Machine = {
    home,
    cwd,
    data,
    bin,
    url,
    env,
    binary,
    token,
    client: createClient({ url, token }),
    argv: (...args) => [binary, ...args],
    start: (...args) => machine.startIn(cwd, ...args),
    startIn: (folder, ...args) => startProgram(machine.argv(...args), { cwd: folder, env }),
    cord: (...args) => machine.start(...args).ended,
    program(name, script) {
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(bin, name), 0o755);
    },
    processes,
    daemons: () => processes().filter(isDaemon),
    async kill(which = () => true) {
      const found = processes().filter(which);
      for (const { pid } of found) signal(pid, "SIGKILL");
      const isGone = ({ pid }: Found) => !processes().some((one) => one.pid === pid);
      await until(`the end of ${found.map(({ pid }) => pid).join(" ")}`, () => found.every(isGone));
    },
  };
  return machine;
}

function plain(): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "", NO_COLOR: "1", GIT_CONFIG_NOSYSTEM: "1" };
}
