import { expect, test } from "bun:test";
import type { Environment } from "../../src/core/environment.ts";
import { userFolder } from "../../src/system/user-folder.ts";

const windows = {
  LOCALAPPDATA: "C:\\Users\\ann\\AppData\\Local",
  APPDATA: "C:\\Users\\ann\\AppData\\Roaming",
};

test.each<[NodeJS.Platform, string, Environment, data: string, config: string]>([
  ["linux", "/home/ann", {}, "/home/ann/.local/share/cord", "/home/ann/.config/cord"],
  ["linux", "/home/ann", { XDG_DATA_HOME: "/d", XDG_CONFIG_HOME: "/c" }, "/d/cord", "/c/cord"],
  ["linux", "/home/ann", { XDG_DATA_HOME: "d" }, "/home/ann/.local/share/cord", "/home/ann/.config/cord"],
  [
    "darwin",
    "/Users/ann",
    {},
    "/Users/ann/Library/Application Support/cord",
    "/Users/ann/Library/Preferences/cord",
  ],
  ["darwin", "/Users/ann", { XDG_DATA_HOME: "/d" }, "/d/cord", "/Users/ann/Library/Preferences/cord"],
  [
    "win32",
    "C:\\Users\\ann",
    windows,
    `${windows.LOCALAPPDATA}\\cord\\Data`,
    `${windows.APPDATA}\\cord\\Config`,
  ],
  ["win32", "C:\\Users\\ann", {}, `${windows.LOCALAPPDATA}\\cord\\Data`, `${windows.APPDATA}\\cord\\Config`],
  [
    "win32",
    "C:\\Users\\ann",
    { ...windows, XDG_DATA_HOME: "D:\\d" },
    "D:\\d\\cord",
    `${windows.APPDATA}\\cord\\Config`,
  ],
])("on %s for %s with %p", (platform, home, env, data, config) => {
  expect(userFolder("data", { platform, home, env })).toBe(data);
  expect(userFolder("config", { platform, home, env })).toBe(config);
});

test("without a home there is a sentence, by the system's variable", () => {
  expect(() => userFolder("data", { platform: "linux", home: "", env: {} })).toThrow("HOME is empty");
  expect(() => userFolder("data", { platform: "win32", home: "x", env: {} })).toThrow("USERPROFILE is x");
});
