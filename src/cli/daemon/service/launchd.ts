import { join } from "node:path";
import { lines, type ServiceManager } from "./contract.ts";
import type { WantedService } from "./wanted.ts";

/** The name of cord's job. */
export const serviceLabel = "dev.cord.daemon";
const label = serviceLabel;

/** launchd, for jobs of a user who is logged in. Sources: launchd.plist(5), launchctl(1). */
export function launchd(home: string, uid: number, wanted: WantedService): ServiceManager {
  const file = join(home, "Library/LaunchAgents", `${label}.plist`);
  const [domain, job] = [`gui/${uid}`, `gui/${uid}/${label}`];
  const bootstrap = [
    ["launchctl", "enable", job],
    ["launchctl", "bootstrap", domain, file],
  ];
  return {
    name: "launchd",
    service: label,
    file,
    text: plist(wanted),
    isThere: ["launchctl", "print", domain],
    runs: ["launchctl", "print", job],
    start: bootstrap,
    startAnew: [["launchctl", "bootout", job], ...bootstrap],
    stop: [["launchctl", "bootout", job]],
    afterRemoval: [],
  };
}

/**
 * It is started again when it has failed, and not when it was told to end. Before the next start a second passes: launchd
 * would wait for ten.
 */
function plist({ command, env, log }: WantedService): string {
  return lines(
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    "<!-- made by cord daemon install; cord daemon uninstall takes it away -->",
    '<plist version="1.0">',
    "<dict>",
    "  <key>Label</key>",
    `  <string>${label}</string>`,
    "  <key>ProgramArguments</key>",
    "  <array>",
    ...command.map((word) => `    <string>${escaped(word)}</string>`),
    "  </array>",
    ...(Object.keys(env).length === 0 ? [] : ["  <key>EnvironmentVariables</key>", "  <dict>"]),
    ...Object.entries(env).flatMap(([name, value]) => [
      `    <key>${name}</key>`,
      `    <string>${escaped(value)}</string>`,
    ]),
    ...(Object.keys(env).length === 0 ? [] : ["  </dict>"]),
    "  <key>RunAtLoad</key>",
    "  <true/>",
    "  <key>KeepAlive</key>",
    "  <dict>",
    "    <key>SuccessfulExit</key>",
    "    <false/>",
    "  </dict>",
    "  <key>ThrottleInterval</key>",
    "  <integer>1</integer>",
    "  <key>ProcessType</key>",
    "  <string>Background</string>",
    "  <key>Umask</key>",
    "  <integer>63</integer>",
    "  <key>StandardOutPath</key>",
    `  <string>${escaped(log)}</string>`,
    "  <key>StandardErrorPath</key>",
    `  <string>${escaped(log)}</string>`,
    "</dict>",
    "</plist>",
  );
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
