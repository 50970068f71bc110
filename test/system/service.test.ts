import { expect, test } from "bun:test";
import { ownService } from "../../src/system/service.ts";

const cgroup = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/cord.service\n";
const unit = { manager: "systemd", name: "cord.service", program: "/x/cord", of_user: true } as const;
const job = { manager: "launchd", name: "homebrew.mxcl.cord", program: "/x/cord", of_user: true } as const;

test.each([
  ["a unit of the user's", "linux", { SYSTEMD_EXEC_PID: "7", MANAGERPID: "3" }, cgroup, unit],
  ["a unit that shows no name", "linux", { SYSTEMD_EXEC_PID: "7", MANAGERPID: "3" }, "0::/\n", unit],
  [
    "a unit of the machine's",
    "linux",
    { SYSTEMD_EXEC_PID: "7" },
    "0::/system.slice/cord.service\n",
    { ...unit, of_user: false },
  ],
  ["a process that a unit's own has started", "linux", { SYSTEMD_EXEC_PID: "6" }, cgroup, null],
  ["a process of a shell", "linux", {}, "0::/user.slice/session-1.scope\n", null],
  ["a job of launchd's", "darwin", { XPC_SERVICE_NAME: "homebrew.mxcl.cord" }, "", job],
  ["a shell in an app", "darwin", { XPC_SERVICE_NAME: "application.com.apple.Terminal.1.2" }, "", null],
  ["a shell over ssh", "darwin", { XPC_SERVICE_NAME: "0" }, "", null],
  ["Windows", "win32", {}, "", null],
] as const)(
  "%s is told by what its manager has put into its environment",
  (_, platform, env, group, expected) => {
    const place = { env, pid: 7, parent: 1, cgroup: group, uid: 501, program: "/x/cord" };
    expect(ownService(place, platform)).toEqual(expected);
  },
);

test("a process that a job of launchd's has started is no job", () => {
  const env = { XPC_SERVICE_NAME: "homebrew.mxcl.cord" };
  expect(
    ownService({ env, pid: 7, parent: 500, cgroup: "", uid: 501, program: "/x/cord" }, "darwin"),
  ).toBeNull();
});
