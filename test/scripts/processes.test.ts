import { expect, test } from "bun:test";
import { processesHere } from "../../scripts/test/processes.ts";
import { processesMarked } from "../support/machine/processes.ts";

test("processes are found by what is in their environment", async () => {
  // not a program of the system's own, of which macOS shows no environment
  const child = Bun.spawn([process.execPath, "-e", "await Bun.sleep(60_000)"], {
    env: { PATH: process.env["PATH"] ?? "", CORD_TEST_MARK: "a b" },
  });
  expect(processesMarked("CORD_TEST_MARK=a b").map(({ pid }) => pid)).toEqual([child.pid]);
  expect(processesMarked("CORD_TEST_MARK=a")).toEqual([]);
  child.kill("SIGKILL");
  await child.exited;
  expect(processesMarked("CORD_TEST_MARK=a b")).toEqual([]);
});

test("on macOS ps shows it behind their words, but of a zombie", () => {
  const said = [
    "    1 /sbin/launchd",
    " 4711 /work/My Tools/cord serve --addr 127.0.0.1:7 HOME=/Users/ann Q XDG_DATA_HOME=/tmp/a b CORD_ATTEMPT=r/1/2",
    " 4712 (cord)",
    "",
  ].join("\n");
  expect(processesHere("darwin", () => said)).toEqual([
    {
      pid: 4711,
      argv: ["/work/My", "Tools/cord", "serve", "--addr", "127.0.0.1:7"],
      environ: "\0HOME=/Users/ann Q\0XDG_DATA_HOME=/tmp/a b\0CORD_ATTEMPT=r/1/2\0",
    },
  ]);
  expect(processesHere("win32", () => said)).toEqual([]);
});
