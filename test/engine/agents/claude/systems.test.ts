import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { locateClaude } from "../../../../src/engine/agents/claude/locate.ts";
import { login } from "../../../../src/engine/agents/claude/login.ts";
import { managedFolder } from "../../../../src/engine/agents/claude/refusal.ts";
import { homeOf, recordedAs } from "../../../../src/engine/agents/claude/trust.ts";
import { isOfOuterSession } from "../../../../src/engine/agents/outer-session.ts";
import { temporaryDirectory } from "../../../support/machine/temporary.ts";

describe("Claude Code on another system", () => {
  test("is looked for on Path, whatever the case of its name, and in the profile's folder, on Windows", () => {
    const home = temporaryDirectory("profile");
    const asked: string[] = [];
    const nowhere = (name: string, path: string) => {
      asked.push(`${name} in ${path}`);
      return null;
    };
    const env: Record<string, string> = { Path: String.raw`C:\bin`, USERPROFILE: home, HOME: "/nowhere" };
    expect(() => locateClaude(env, "npm install it", "win32", nowhere)).toThrow(/npm install it/);
    mkdirSync(join(home, ".local/bin"), { recursive: true });
    writeFileSync(join(home, ".local/bin/claude.exe"), "");
    expect(locateClaude(env, "", "win32", nowhere)).toBe(join(home, ".local/bin/claude.exe"));
    expect(asked).toEqual([String.raw`claude in C:\bin`, String.raw`claude in C:\bin`]);
  });

  test("is the program behind npm's script there", () => {
    const path = join(temporaryDirectory("npm"), "claude.cmd");
    writeFileSync(path, String.raw`"%dp0%\node_modules\claude.exe" %*`);
    expect(locateClaude({ PATH: "" }, "", "win32", () => path)).toEndWith(
      String.raw`\node_modules\claude.exe`,
    );
    expect(locateClaude({ PATH: "" }, "", "darwin", () => path)).toBe(path);
  });

  test.each<[NodeJS.Platform, string, boolean, string]>([
    ["linux", "/etc/claude-code", false, "/home/ann"],
    ["darwin", "/Library/Application Support/ClaudeCode", true, "/home/ann"],
    ["win32", String.raw`C:\Program Files\ClaudeCode`, false, String.raw`C:\Users\ann`],
  ])(
    "on %s has its policies, its login and its home where it looks for them",
    (platform, folder, elsewhere, home) => {
      expect(managedFolder(platform)).toBe(folder);
      expect(login({ env: {}, home: "/nowhere" }, platform).mayBeElsewhere).toBe(elsewhere);
      expect(homeOf({ HOME: "/home/ann", USERPROFILE: String.raw`C:\Users\ann` }, platform)).toBe(home);
    },
  );

  test("records a folder with slashes on Windows", () => {
    expect(recordedAs(String.raw`C:\Users\ann\shop`, "win32")).toBe("C:/Users/ann/shop");
    expect(recordedAs(String.raw`/home/ann/a\b`, "linux")).toBe(String.raw`/home/ann/a\b`);
  });

  test("is not told of an outer session, in whatever case its variables are written on Windows", () => {
    expect(isOfOuterSession("ClaudeCode", "win32")).toBe(true);
    expect(isOfOuterSession("Claude_Code_Session_Id", "win32")).toBe(true);
    expect(isOfOuterSession("ClaudeCode", "linux")).toBe(false);
    expect(isOfOuterSession("CLAUDE_CONFIG_DIR", "win32")).toBe(false);
  });
});
