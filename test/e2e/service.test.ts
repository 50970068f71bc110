import { expect, test } from "bun:test";
import { constants, copyFileSync, existsSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { newerBinary, newerVersion } from "../support/machine/binary.ts";
import { startBoard, type Board } from "../support/machine/board.ts";
import { start } from "../support/machine/command.ts";
import { until } from "../support/until.ts";

/**
 * A daemon that is a service, with a program in the place of systemctl that does what a user's manager would: it starts what the
 * unit says, marks it as its own, and ends it.
 */

const systemctl = `
unit="$HOME/.config/systemd/user/cord.service"
echo "$*" >> "$HOME/asked"
begin() {
  line=$(sed -n 's/^ExecStart=//p' "$unit")
  (
    exec > /dev/null 2>&1
    eval "sh -c 'echo \\$\\$ > \\"\\$HOME/pid\\"; export MANAGERPID=1 SYSTEMD_EXEC_PID=\\$\\$; exec \\"\\$@\\"' sh $line"
  ) &
}
runs() { # a process that has ended, and that nobody has noticed, has no words any more
  grep -q . "/proc/$(cat "$HOME/pid")/cmdline" 2> /dev/null
}
end() {
  kill "$(cat "$HOME/pid")"
  while runs; do sleep 0.02; done
}
case "$*" in
*is-active*) runs ;;
*enable\\ --now*) begin ;;
*restart*) end; begin ;;
*disable*) end ;;
esac`;

/** A board whose program lies where an update can put another; the user's own manager runs its services. */
async function boardWithServices(): Promise<{ board: Board; program: string }> {
  const board = await startBoard();
  board.program("systemctl", systemctl);
  const program = join(board.bin, "cord");
  copyFileSync(board.binary, program, constants.COPYFILE_FICLONE);
  return { board, program };
}

const isLinux = process.platform === "linux";
const isQuiet = { code: 0, err: "" };

test.skipIf(!isLinux)(
  "the daemon is installed as a service in the place of one that a command has started, updated by its manager, and taken away",
  async () => {
    const { board, program } = await boardWithServices();
    await using _ = board;
    const cord = (...args: string[]) => start([program, ...args], { cwd: board.cwd, env: board.env }).ended;
    const file = join(board.home, ".config/systemd/user/cord.service");
    const asked = () => readFileSync(join(board.home, "asked"), "utf8");
    const vault = join(board.cwd, "my vault");
    expect(await cord("send", "before")).toMatchObject(isQuiet);
    const printed = await cord("daemon", "install", "--vault", vault, "--print");
    const asJson = await cord("daemon", "install", "--vault", vault, "--print", "--json");
    expect(JSON.parse(asJson.out)).toEqual({ manager: "systemd", file, text: printed.out });
    expect(existsSync(file)).toBe(false);
    const wait = board.start("wait", "--kind", "later", "--timeout", "60");
    const installed = await cord("daemon", "install", "--vault", vault, "--json");
    expect(installed).toMatchObject(isQuiet);
    expect(JSON.parse(installed.out)).toMatchObject({
      manager: "systemd",
      file,
      changed: true,
      started: true,
      vault,
    });
    expect(readFileSync(file, "utf8")).toBe(printed.out);
    const status = async () => JSON.parse((await cord("daemon", "--json")).out);
    const service = { manager: "systemd", name: "cord.service", program, of_user: true };
    expect(await status()).toMatchObject({ vault, started: "hand", service });
    expect((await cord("daemon")).out).toContain("by systemd, as cord.service, to stay");
    const again = JSON.parse((await cord("daemon", "install", "--vault", vault, "--json")).out);
    expect(again).toMatchObject({ changed: false, started: true });
    expect(await cord("daemon", "restart")).toMatchObject(isQuiet);

    // an update puts the new program where the old one was
    copyFileSync(await newerBinary(), `${program}.new`, constants.COPYFILE_FICLONE);
    renameSync(`${program}.new`, program);
    expect(await cord("send", "found", "--kind", "later")).toMatchObject(isQuiet);
    // the waiting program of the older version may have started a daemon in between: it goes for the service
    await until("the service", async () => (await status()).service !== null);
    expect(await status()).toMatchObject({ version: newerVersion, vault, service });
    expect(await wait.ended).toMatchObject({ code: 0 });
    expect(asked().match(/^--user restart cord\.service$/gm)).toHaveLength(2);

    expect(await cord("daemon", "uninstall")).toMatchObject(isQuiet);
    expect(existsSync(file)).toBe(false);
    expect(await cord("tasks")).toMatchObject({ ...isQuiet, out: expect.stringContaining("before") });
    expect(await status()).toMatchObject({ started: "demand", service: null });
  },
);

test.skipIf(!isLinux)(
  "a service of another program is used as it is, and one that a person has started is not replaced by a service",
  async () => {
    const { board, program } = await boardWithServices();
    await using _ = board;
    expect((await start([program, "daemon", "install"], { cwd: board.cwd, env: board.env }).ended).code).toBe(
      0,
    );
    const newer = [await newerBinary(), "tasks", "--json"];
    const told = await start(newer, { cwd: board.cwd, env: board.env }).ended;
    expect(told).toMatchObject({ code: 0, out: "[]\n" });
    expect(told.err).toContain(`run by systemd as cord.service, from ${program}, which is another program.`);
    expect(told.err).toEndWith("systemctl --user restart cord.service\n");
    const stopped = await board.cord("daemon", "stop");
    expect(stopped).toMatchObject({
      code: 0,
      err: expect.stringContaining("run by systemd, as cord.service"),
    });
    await board.cord("daemon", "uninstall");

    const byHand = board.start("serve", "--addr", new URL(board.url).host);
    await byHand.says("listening on");
    const refused = await board.cord("daemon", "install");
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.err).toContain("was started by hand");
    expect(existsSync(join(board.home, ".config/systemd/user/cord.service"))).toBe(false);
  },
);
