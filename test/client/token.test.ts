import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { daemonToken } from "../../src/client/token.ts";
import { cordBinary } from "../support/machine/binary.ts";
import { start, type Finished } from "../support/machine/command.ts";
import { daemonProcess } from "../support/machine/daemon.ts";
import { temporaryDirectory } from "../support/machine/temporary.ts";
import { expectMode } from "../support/expect-mode.ts";

const tokenIn = (folder: string) => join(folder, "cord", "token");

async function cord(args: string[], env: Record<string, string>): Promise<Finished> {
  const url = { CORD_URL: "http://127.0.0.1:9/" };
  return start([await cordBinary(), ...args], {
    cwd: temporaryDirectory("cwd"),
    env: { PATH: process.env["PATH"] ?? "", ...url, ...env },
  }).ended;
}

describe("the token file", () => {
  test("is made for its owner only, in a folder that is too", () => {
    const file = tokenIn(temporaryDirectory("token"));
    const token = daemonToken(file);
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    expect(daemonToken(file)).toBe(token);
    expectMode(file, 0o600);
    expectMode(dirname(file), 0o700);
    expect(readdirSync(dirname(file))).toEqual(["token"]);
  });

  test("that others could read is renewed; a folder that they could look into is closed", () => {
    const file = tokenIn(temporaryDirectory("token"));
    const token = daemonToken(file);
    chmodSync(file, 0o644);
    chmodSync(dirname(file), 0o755);
    const renewed = daemonToken(file);
    expect(renewed).not.toBe(token);
    expect(daemonToken(file)).toBe(renewed);
    expectMode(file, 0o600);
    expectMode(dirname(file), 0o700);
  });

  test.each(["", "short\n", `${"x".repeat(40)} ${"y".repeat(40)}`, "\0".repeat(64)])(
    "that holds %j is damaged: where it is, and the fix",
    (text) => {
      const file = tokenIn(temporaryDirectory("token"));
      mkdirSync(dirname(file));
      writeFileSync(file, text, { mode: 0o600 });
      expect(() => daemonToken(file)).toThrow(
        `The token file ${file} is damaged: it holds no token. Delete it, and the next command makes another: rm ${file}.`,
      );
    },
  );

  test("is no link: neither read nor written through one", () => {
    const folder = temporaryDirectory("token");
    const file = tokenIn(folder);
    mkdirSync(dirname(file));
    for (const target of [join(folder, "theirs"), join(folder, "nowhere")]) {
      if (target.endsWith("theirs")) writeFileSync(target, "t".repeat(64));
      symlinkSync(target, file);
      expect(() => daemonToken(file)).toThrow(`${file} is a link`);
      Bun.spawnSync(["rm", file]);
    }
    expect(existsSync(join(folder, "nowhere"))).toBe(false);
  });

  test("that was deleted under a daemon, or is of another folder: which file, which daemon, and the fix", async () => {
    const dataHome = temporaryDirectory("data");
    await using daemon = await daemonProcess({ dataHome });
    Bun.spawnSync(["rm", tokenIn(dataHome)]);
    for (const home of [dataHome, temporaryDirectory("other")]) {
      const { code, err } = await cord(["status", "--url", daemon.url], { HOME: home, XDG_DATA_HOME: home });
      expect(code).toBe(1);
      const fix = home === dataHome ? "cord daemon restart" : `XDG_DATA_HOME=${dataHome}`;
      for (const named of [tokenIn(home), `pid ${daemon.pid}`, daemon.database, fix])
        expect(err).toContain(named);
    }
  });
});

describe("where files cannot be kept", () => {
  const places: [string, Record<string, string>][] = [
    ["HOME is no folder", { HOME: "/dev/null" }],
    ["HOME is not there and cannot be made", { HOME: "/proc/nobody" }],
    ["HOME is relative", { HOME: "home" }],
    ["XDG_DATA_HOME is a file", { HOME: "/tmp", XDG_DATA_HOME: "/dev/null" }],
  ];
  test.each(places)("because %s, every command says so in one sentence with the fix", async (_, env) => {
    for (const args of [
      ["status"],
      ["send", "x"],
      ["mcp"],
      ["serve", "--addr", "127.0.0.1:0"],
      ["wait", "--timeout", "1"],
    ]) {
      const { code, out, err } = await cord(args, env);
      expect({ code, out }).toEqual({ code: env["HOME"] === "home" ? 64 : 1, out: "" });
      expect(err).toMatch(
        new RegExp(
          `^cord ${args[0]}: [^\\n]+ Set HOME, or XDG_DATA_HOME, to a folder that you can write\\.\\n$`,
        ),
      );
    }
    expect((await cord(["doctor"], env)).err).not.toContain("CORD_DEBUG");
  });

  test("a relative XDG_DATA_HOME is as if it were not set", async () => {
    const home = temporaryDirectory("home");
    const { out } = await cord(["doctor", "--json"], { HOME: home, XDG_DATA_HOME: "data" });
    expect(out).toContain(join(home, ".local/share/cord/token"));
  });
});
