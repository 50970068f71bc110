import { homedir } from "node:os";
import { Command } from "@commander-js/extra-typings";
import { environment } from "../system/environment.ts";
import { daemonUrl } from "../client/paths.ts";
import { topsOf } from "../client/project/project.ts";
import { version } from "../core/version.ts";
import { hasColor, print, printJson } from "./output.ts";
import { currentFolder, jsonOption, urlOption } from "./options.ts";

export const command = new Command("doctor")
  .description(
    "Check what is installed, reachable, authenticated and configured, and say how to fix what is not. Changes nothing, starts no daemon, and costs nothing.",
  )
  .addOption(jsonOption())
  .addOption(urlOption())
  .addHelpText(
    "after",
    `
Examples:
  $ cord doctor
  $ cord doctor --json | jq '.findings[] | select(.status == "failed")'

✓ is well, ✗ needs fixing, – is not there and not needed. Exits with 1 if
anything needs fixing.`,
  )
  .action(async ({ json, url }) => {
    const { examine } = await import("./doctor/examine.ts");
    const address = daemonUrl(url);
    const project = topsOf(currentFolder()).top;
    const findings = await examine({ env: environment, home: homedir(), project, url: address });
    const isOk = findings.every(({ status }) => status !== "failed");
    process.exitCode = isOk ? 0 : 1;
    if (json) return printJson({ ok: isOk, version, project, findings });
    const { asText } = await import("./doctor/print.ts");
    return print(asText(findings, hasColor()));
  });
