import { describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import {
  installService,
  managerOf,
  uninstallService,
  type ServiceHost,
} from "../../../src/cli/daemon/service/install.ts";
import { stable, wantedService, type WantedService } from "../../../src/cli/daemon/service/wanted.ts";
import { restartCommand } from "../../../src/client/daemon/service.ts";
import { programNow } from "../../../src/system/self.ts";
import { expectGolden } from "../../support/golden.ts";
import { freePort } from "../../support/machine/free-port.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";
import { expectMode } from "../../support/expect-mode.ts";

/** What launchd and systemd are given, and what they are asked: by programs in their place, since here may be neither. */

const hostile: WantedService = {
  command: [
    "/opt/a b/%h/$HOME/<cord>&co/cord",
    "serve",
    "--vault",
    '/home/o\'brien/my "notes" %i $x ${y} \\z <&>',
  ],
  env: { XDG_DATA_HOME: '/data %n $z "q" \\t & <x>' },
  log: "/data %n & <x>/cord/daemon.log",
  url: "http://127.0.0.1:7777/",
  database: "/data/cord/cord.db",
  vault: null,
};

/** A host whose manager takes all that it is asked, and of which only `running` is there. */
function hostOf(platform: NodeJS.Platform, { answers = true } = {}) {
  const asked: string[] = [];
  const state = { runs: false };
  const host: ServiceHost = {
    platform,
    home: temporaryDirectory("home"),
    uid: 501,
    env: {},
    ask: (argv) => {
      asked.push(argv.join(" "));
      if (!answers) return { code: argv[0] === "launchctl" ? null : 1, said: "Failed to connect to bus" };
      if (/is-active|print gui\/501\/dev/.test(argv.join(" "))) return { code: state.runs ? 0 : 3, said: "" };
      if (/bootstrap|--now|restart/.test(argv.join(" "))) state.runs = true;
      return { code: 0, said: "" };
    },
  };
  return { host, asked: () => asked.splice(0), state };
}

const wantedAt = async (more: readonly string[] = []): Promise<WantedService> => ({
  ...hostile,
  command: ["/usr/bin/cord", "serve", ...more],
  url: `http://127.0.0.1:${await freePort()}/`,
});

const platforms = [["linux"], ["darwin"]] as const;

describe.each(platforms)("the service on %s", (platform) => {
  test("has a file that holds whatever stands in a path", () => {
    const { host } = hostOf(platform);
    const { text } = managerOf(host, hostile);
    expectGolden(join(import.meta.dir, `service-${platform}.txt`), text);
  });

  test("is started by its manager, once, anew when its file has changed, and taken away without a trace", async () => {
    const { host, asked } = hostOf(platform);
    const wanted = await wantedAt();
    const manager = managerOf(host, wanted);
    const job = "gui/501/dev.cord.daemon";
    const bootstrap = [`launchctl enable ${job}`, `launchctl bootstrap gui/501 ${manager.file}`];
    const words = {
      linux: {
        looks: ["systemctl --user show-environment", "systemctl --user is-active --quiet cord.service"],
        first: ["systemctl --user daemon-reload", "systemctl --user enable --now cord.service"],
        anew: [
          "systemctl --user daemon-reload",
          "systemctl --user enable cord.service",
          "systemctl --user restart cord.service",
        ],
        end: ["systemctl --user disable --now cord.service", "systemctl --user daemon-reload"],
      },
      darwin: {
        looks: ["launchctl print gui/501", `launchctl print ${job}`],
        first: bootstrap,
        anew: [`launchctl bootout ${job}`, ...bootstrap],
        end: [`launchctl bootout ${job}`],
      },
    }[platform];
    expect(await installService(manager, wanted, host)).toMatchObject({
      changed: true,
      started: true,
      commands: [],
    });
    expect(asked()).toEqual([...words.looks, ...words.first]);
    expectMode(manager.file, 0o600);
    expect(await installService(manager, wanted, host)).toMatchObject({ changed: false, started: true });
    expect(asked()).toEqual(words.looks);
    const other = await wantedAt(["--vault", "/v"]);
    const changed = managerOf(host, other);
    expect(await installService(changed, other, host)).toMatchObject({ changed: true });
    expect(asked()).toEqual([...words.looks, ...words.anew]);
    expect(readFileSync(manager.file, "utf8")).toBe(changed.text);
    expect(uninstallService(manager, host)).toEqual({ file: manager.file, ended: true });
    expect(asked()).toEqual([...words.looks.slice(0, 1), ...words.end]);
    expect(readdirSync(dirname(manager.file))).toEqual([]);
    expect(uninstallService(manager, host)).toBeNull();
  });

  test("without a manager that answers has its file, and the commands for where there is one", async () => {
    const { host } = hostOf(platform, { answers: false });
    const wanted = await wantedAt();
    const manager = managerOf(host, wanted);
    const done = await installService(manager, wanted, host);
    expect(done).toMatchObject({ started: false, commands: manager.start.map((words) => words.join(" ")) });
    expect(existsSync(manager.file)).toBe(true);
    expect(uninstallService(manager, host)).toEqual({ file: manager.file, ended: false });
  });

  test("never writes over a file that is another's, nor through a link", async () => {
    const { host, asked } = hostOf(platform);
    const wanted = await wantedAt();
    const manager = managerOf(host, wanted);
    mkdirSync(dirname(manager.file), { recursive: true });
    writeFileSync(manager.file, "mine");
    await expect(installService(manager, wanted, host)).rejects.toThrow("cord has not made it");
    expect(() => uninstallService(manager, host)).toThrow("cord has not made it");
    expect(readFileSync(manager.file, "utf8")).toBe("mine");
    const linked = managerOf({ ...host, home: temporaryDirectory("linked") }, wanted);
    mkdirSync(dirname(linked.file), { recursive: true });
    symlinkSync(manager.file, linked.file);
    await expect(installService(linked, wanted, host)).rejects.toThrow();
    expect(asked()).toEqual([]);
  });

  test("says what its manager has against it, and where the file is", async () => {
    const { host } = hostOf(platform);
    const wanted = await wantedAt();
    const manager = managerOf(host, wanted);
    const ask: ServiceHost["ask"] = (argv) =>
      /bootstrap|--now/.test(argv.join(" "))
        ? { code: 5, said: "Bootstrap failed: 5\u001b[2J" }
        : host.ask(argv);
    const failing = installService(manager, wanted, { ...host, ask });
    await expect(failing).rejects.toThrow(/ failed: Bootstrap failed: 5.*cord daemon uninstall/);
  });
});

test("on Windows a service is refused with the command that comes nearest", () => {
  expect(() => managerOf(hostOf("win32").host, hostile)).toThrow(/schtasks \/Create .*ONLOGON/);
});

test("a program whose path systemd does not take, and a path that no file can hold, are refused", () => {
  const quoted = { ...hostile, command: ["/a'b/cord", "serve"] };
  expect(() => managerOf(hostOf("linux").host, quoted)).toThrow("a quote or a backslash");
  const which = { url: undefined, database: undefined };
  expect(() => wantedService(which, "/a\nb", {})).toThrow("control character");
  expect(() => wantedService({ ...which, url: "https://example.com/" }, undefined, {})).toThrow(
    "not of this machine",
  );
});

test("what the daemon is started with elsewhere is written down: address, database, vault, folders, pushes", () => {
  const env = {
    XDG_DATA_HOME: "/d",
    CORD_DB: "/x/c.db",
    CORD_VAULT: "/v",
    CORD_PUSH_TO: "https://a.example/ https://b.example/",
  };
  const wanted = wantedService({ url: "http://127.0.0.1:7999", database: undefined }, undefined, env);
  const pushes = ["--push-to", "https://a.example/", "--push-to", "https://b.example/"];
  expect(wanted.command.slice(-11)).toEqual([
    "serve",
    "--addr",
    "127.0.0.1:7999",
    "--db",
    "/x/c.db",
    "--vault",
    "/v",
    ...pushes,
  ]);
  expect(wanted.env).toEqual({ XDG_DATA_HOME: "/d" });
  expect(wantedService({ url: undefined, database: undefined }, false, env).vault).toBeNull();
});

test("of Homebrew's folders the one that stays over an update is named", () => {
  const prefix = temporaryDirectory("brew");
  const keg = join(prefix, "Cellar/cord/0.2.0/bin");
  mkdirSync(keg, { recursive: true });
  mkdirSync(join(prefix, "opt"));
  writeFileSync(join(keg, "cord"), "");
  expect(stable([join(keg, "cord"), "serve"])).toEqual([join(keg, "cord"), "serve"]);
  symlinkSync("../Cellar/cord/0.2.0", join(prefix, "opt/cord"));
  expect(stable([join(keg, "cord"), "serve"])).toEqual([join(prefix, "opt/cord/bin/cord"), "serve"]);
  // an update takes the old version's folder away, also under a tab that runs and needs a daemon later
  expect(programNow(join(keg, "cord"))).toBe(join(keg, "cord"));
  const updated = join(prefix, "Cellar/cord/0.3.0/bin");
  mkdirSync(updated, { recursive: true });
  writeFileSync(join(updated, "cord"), "");
  rmSync(join(prefix, "Cellar/cord/0.2.0"), { recursive: true });
  rmSync(join(prefix, "opt/cord"));
  symlinkSync("../Cellar/cord/0.3.0", join(prefix, "opt/cord"));
  expect(programNow(join(keg, "cord"))).toBe(join(prefix, "opt/cord/bin/cord"));
  // as Linux names the one that is gone
  expect(programNow(join(keg, "cord (deleted)"))).toBe(join(prefix, "opt/cord/bin/cord"));
  expect(programNow(join(updated, "cord (deleted)"))).toBe(join(updated, "cord"));
});

test("a service is started anew by its manager, and one of the machine's by root alone", () => {
  const unit = { manager: "systemd", name: "cord.service", program: "/x", of_user: true } as const;
  const job = { manager: "launchd", name: "homebrew.mxcl.cord", program: "/x", of_user: true } as const;
  const lines = [unit, { ...unit, of_user: false }, job, { ...job, of_user: false }].map((service) =>
    restartCommand(service, 501).join(" "),
  );
  expect(lines).toEqual([
    "systemctl --user restart cord.service",
    "sudo systemctl restart cord.service",
    "launchctl kickstart -k gui/501/homebrew.mxcl.cord",
    "sudo launchctl kickstart -k system/homebrew.mxcl.cord",
  ]);
});
