import { describe, expect, test } from "bun:test";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { editInTerminal, editorCommand } from "../../../src/engine/process/editor.ts";
import { openCommand } from "../../../src/engine/process/open-file.ts";
import { programWords, realProgram } from "../../../src/engine/process/real-program.ts";
import { shellCommand } from "../../../src/engine/process/shell-command.ts";
import { hasJobControl } from "../../../src/engine/process/suspend.ts";
import { windowsProgram } from "../../../src/engine/process/windows-program.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";

const cmd = String.raw`C:\Windows\System32\cmd.exe`;

describe("a command line of a person's", () => {
  test("is read by the system's own shell, whole and as it is typed", () => {
    const line = `bun test && echo "a b" > 'c d' & rem %PATH% ^`;
    expect(shellCommand(line, "linux")).toEqual(shellCommand(line, "darwin"));
    expect(shellCommand(line, "linux").argv.at(-1)).toBe(line);
    expect(shellCommand(line, "linux")).toMatchObject({ joined: false, verbatim: false });
    expect(shellCommand(line, "win32")).toEqual({
      argv: [cmd, "/d", "/s", "/c", `"${line}"`],
      joined: true,
      verbatim: true,
    });
  });

  test("is never read by a cmd.exe of the current folder", () => {
    expect(windowsProgram("cmd.exe", { SystemRoot: String.raw`D:\Windows` })).toBe(
      String.raw`D:\Windows\System32\cmd.exe`,
    );
    expect(windowsProgram("cmd.exe", {})).toBe(cmd);
  });
});

describe("the editor", () => {
  test.each<[NodeJS.Platform, Record<string, string>, string, string[]]>([
    ["linux", {}, "vi", ["sh", "-c", 'vi "$@"', "sh", "/tmp/a b"]],
    ["darwin", { EDITOR: "nano -w" }, "nano -w", ["sh", "-c", 'nano -w "$@"', "sh", "/tmp/a b"]],
    ["win32", { VISUAL: " " }, "notepad", [cmd, "/d", "/s", "/c", '"notepad "/tmp/a b""']],
    ["win32", { EDITOR: "code --wait" }, "code --wait", [cmd, "/d", "/s", "/c", '"code --wait "/tmp/a b""']],
  ])("on %s with %j is %s", (platform, env, editor, argv) => {
    expect(editorCommand("/tmp/a b", env, platform)).toEqual({
      editor,
      argv,
      verbatim: platform === "win32",
    });
  });

  test("gets the file, whatever its name", async () => {
    const folder = temporaryDirectory("editor");
    const file = join(folder, `it's "so" $HOME`);
    writeFileSync(file, "before");
    const editor = join(folder, "editor.sh");
    writeFileSync(editor, '#!/bin/sh\nprintf "%s" "$1" >> "$2"\n');
    chmodSync(editor, 0o700);
    await editInTerminal(file, { ...process.env, VISUAL: `${editor} after`, EDITOR: "false" });
    expect(readFileSync(file, "utf8")).toBe("beforeafter");
    await expect(editInTerminal(file, { ...process.env, VISUAL: "exit 3;" })).rejects.toThrow(
      "The editor (exit 3;) exited with 3.",
    );
  });
});

describe("what opens a file", () => {
  test("is the system's own, and reads nothing in its name", () => {
    expect(openCommand("/a b&c.html", "linux").argv).toEqual(["xdg-open", "/a b&c.html"]);
    expect(openCommand("/a b&c.html", "darwin").argv).toEqual(["open", "/a b&c.html"]);
    expect(openCommand(String.raw`C:\Users\R&D 100%\calc.exe" x.html`, "win32")).toEqual({
      opener: "rundll32",
      argv: [
        String.raw`C:\Windows\System32\rundll32.exe`,
        "url.dll,FileProtocolHandler",
        "file:///C:/Users/R&D%20100%25/calc.exe%22%20x.html",
      ],
    });
  });
});

/** As cmd-shim writes them. */
const ofExe = String.raw`@ECHO off
GOTO start
:find_dp0
SET dp0=%~dp0
EXIT /b
:start
SETLOCAL
CALL :find_dp0
"%dp0%\node_modules\@anthropic-ai\claude-code\bin\claude.exe"   %*
`;
const ofScript = String.raw`IF EXIST "%dp0%\node.exe" (
  SET "_prog=%dp0%\node.exe"
) ELSE (
  SET "_prog=node"
)
endLocal & goto #_undefined_# 2>NUL || title %COMSPEC% & "%_prog%"  "%dp0%\node_modules\claude\cli.js" %*
`;
const ofPnpm = String.raw`@"%~dp0\..\claude\cli.mjs"   %*`;

/** A script of cmd.exe with this text, on this disk. */
function written(text: string): string {
  const path = join(temporaryDirectory("npm"), "claude.cmd");
  writeFileSync(path, text.replaceAll("\n", "\r\n"));
  return path;
}

/** A path below the folder of a file, as Windows writes it. */
function below(path: string, ...parts: string[]): string {
  return join(path, "..", ...parts).replaceAll("/", "\\");
}

const node = () => String.raw`C:\node\node.exe`;

describe("a program that npm has installed on Windows", () => {
  test.each([
    [ofExe, ["node_modules", "@anthropic-ai", "claude-code", "bin", "claude.exe"]],
    [ofScript, ["node_modules", "claude", "cli.js"]],
    [ofPnpm, ["..", "claude", "cli.mjs"]],
  ])("is the real one, and no script of cmd.exe", (text, parts) => {
    const path = written(text);
    expect(realProgram(path, "win32")).toBe(below(path, ...parts));
    expect(realProgram(path, "linux")).toBe(path);
  });

  test.each([
    ["@claude.exe %*"],
    [String.raw`"%dp0%\other.cmd" %*`],
    [""],
    [`${" ".repeat(20_000)}${ofExe}`],
  ])("is refused where it is not seen, with a mend", (text) => {
    expect(() => realProgram(written(text), "win32")).toThrow(
      /is a script for cmd\.exe.*Install the program/,
    );
    expect(() => realProgram(String.raw`C:\nowhere\claude.BAT`, "win32")).toThrow(/script for cmd/);
  });

  test("is run by node where it is JavaScript", () => {
    const script = String.raw`C:\npm\node_modules\claude\cli.js`;
    expect(programWords(script, "win32", node)).toEqual([String.raw`C:\node\node.exe`, script]);
    expect(programWords(script, "linux", node)).toEqual([script]);
    expect(programWords(String.raw`C:\npm\claude.exe`, "win32", node)).toEqual([
      String.raw`C:\npm\claude.exe`,
    ]);
    expect(() => programWords(script, "win32", () => null)).toThrow(/needs node, which is not on PATH/);
  });
});

test("a job is stopped by Ctrl-Z where shells can continue it", () => {
  const systems = ["linux", "darwin", "win32"] as const;
  expect(systems.map((system) => hasJobControl(system))).toEqual([true, true, false]);
});
