import { existsSync } from "node:fs";
import { basename, dirname } from "node:path";
import { archiveOf, newestVersion } from "../../client/releases/releases.ts";
import { CordError } from "../../core/error.ts";
import { plain } from "../../core/text.ts";
import { targetNamed, type Target } from "../../core/targets.ts";
import { version } from "../../core/version.ts";
import { programVersion } from "../../engine/process/program-version.ts";
import { environment } from "../../system/environment.ts";
import { print, printJson } from "../output.ts";
import { loadingLine } from "./progress.ts";
import { receiptFile, receiptText, type Receipt } from "./receipt.ts";
import { replaceFiles, type Replacement } from "./replace.ts";
import { unpack } from "./unpack.ts";
import { wayHere, type Way } from "./way.ts";

interface Flags {
  version?: string | undefined;
  check?: true | undefined;
  json?: true | undefined;
}

/** Brings another version where a script has installed this one; else throws `failed`, with what does. With --check nothing is changed. */
export async function upgrade({ version: wanted, check, json }: Flags): Promise<void> {
  const way = wayHere();
  if (way.by !== "script") {
    if (!check) throw new CordError("failed", otherWay(way));
    const { by, path } = way;
    const command = "command" in way ? way.command : null;
    return json ? printJson({ installed: version, by, path, newest: null, command }) : print(otherWay(way));
  }
  const { path, receipt } = way;
  const base = (environment.CORD_RELEASES || receipt.from).replace(/\/+$/, "");
  const to = wanted ?? (await newestVersion(base));
  const order = Bun.semver.order(to, version);
  const facts = { installed: version, by: way.by, path, newest: wanted === undefined ? to : null };
  if (check) {
    const isNewer = order > 0;
    if (json) return printJson({ ...facts, newer: isNewer, command: isNewer ? "cord upgrade" : null });
    return print(
      isNewer ? `cord ${to} is there; this is ${version}. Get it: cord upgrade` : newestSaid(to, order),
    );
  }
  if (order < 0 && wanted === undefined) throw new CordError("conflict", newestSaid(to, order));
  if (to === version) return json ? printJson({ ...facts, to, changed: false }) : print(newestSaid(to, 0));
  await replaceBy(to, base, receipt, path);
  if (json) return printJson({ ...facts, to, changed: true });
  return print(
    `cord ${version} → ${to}: ${path}\nA daemon of ${version} hands over at the next command, and nothing is lost; one that you have started yourself does by: cord daemon restart${order < 0 ? `\nA database that ${version} has used may be too new for ${to}, which says so.` : ""}`,
  );
}

function newestSaid(newest: string, order: number): string {
  return order < 0
    ? `The newest release is ${newest}, which is older than this cord ${version}. Go back to it with: cord upgrade --version ${newest}`
    : `This is cord ${version} already.`;
}

function otherWay(way: Exclude<Way, { by: "script" }>): string {
  const here = `This cord ${version} (${way.path})`;
  switch (way.by) {
    case "homebrew":
      return `${here} is Homebrew's. Upgrade it with: ${way.command}`;
    case "clone":
      return `${here} is built from a clone. Upgrade it with: ${way.command}`;
    case "hand": {
      const where = environment.CORD_RELEASES || "where you have got it from";
      return `${here} was put there by hand. Load the newest archive from ${plain(where)}, and put its cord in the place of this one; or install it anew with install.sh, which cord upgrade goes on from.`;
    }
    default:
      return way satisfies never;
  }
}

async function replaceBy(to: string, base: string, receipt: Receipt, path: string): Promise<void> {
  const target = targetNamed(receipt.target);
  if (target === undefined)
    throw new CordError(
      "failed",
      `${receiptFile()} says that this cord is for "${plain(receipt.target)}", which is no target of a release. Run install.sh anew.`,
    );
  const line = loadingLine(target.archive);
  const archive = await archiveOf(base, to, target, line.onBytes).finally(line.end);
  const files = await unpack(archive, to, target);
  const newReceipt: Receipt = { ...receipt, from: base, version: to, path };
  const receiptBytes = new TextEncoder().encode(receiptText(newReceipt));
  await replaceFiles(
    [
      { path, bytes: bytesOf(files, target), mode: 0o755 },
      ...receipt.files.flatMap((file) => besideFor(file, files)),
      { path: receiptFile(), bytes: receiptBytes, mode: 0o600 },
    ],
    (staged) => tryOut(staged, to),
  );
}

function bytesOf(files: ReadonlyMap<string, Uint8Array>, { program }: Target): Uint8Array {
  return files.get(program) ?? new Uint8Array();
}

/** What install.sh puts beside the program, by the names it gives them. Anything else that a receipt names is left alone. */
const sources: ReadonlyMap<string, string> = new Map([
  ["cord", "completions/cord.bash"],
  ["_cord", "completions/_cord"],
  ["cord.fish", "completions/cord.fish"],
  ["cord.1", "man/cord.1"],
]);

function besideFor(path: string, files: ReadonlyMap<string, Uint8Array>): Replacement[] {
  const bytes = files.get(sources.get(basename(path)) ?? "");
  // whoever has removed the folder wants no such file
  return bytes === undefined || !existsSync(dirname(path)) ? [] : [{ path, bytes, mode: 0o644 }];
}

/** A program of another processor or C library, or one that a virus scanner holds, does not start. */
async function tryOut(path: string, expected: string): Promise<void> {
  const said = await programVersion(path, environment, startWithinMs);
  if (said === expected) return;
  throw new CordError(
    "failed",
    said === null
      ? `cord ${expected} does not start on this machine. Nothing was changed; take another version with --version, and tell the project.`
      : `What came as cord ${expected} says that it is "${plain(said)}". Nothing was changed; tell the project.`,
  );
}

/** Scanners look through a new program first. */
const startWithinMs = 60_000;
