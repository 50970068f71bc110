import { randomBytes } from "node:crypto";
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { CordError } from "../core/error.ts";
import { marks } from "../core/marks.ts";
import { nodePrefix } from "../core/proof.ts";
import { tokenFile } from "./paths.ts";

/** 256 bits, in a file only its owner can read. Made at the first use; two that race end with one. */
export function daemonToken(file = tokenFile()): string {
  const kept = readToken(file);
  if (kept !== null) return kept;
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const own = `${file}.${process.pid}`;
  writeFileSync(own, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600 });
  try {
    linkSync(own, file);
  } catch {
    // Another process was first; its token is the one.
  }
  rmSync(own, { force: true });
  const token = readToken(file);
  if (token === null)
    throw new CordError("failed", `The token file ${file} cannot be written. Check the rights of ${folder}.`);
  return token;
}

/**
 * The token a caller shows: a node's own inside a run, else the daemon's. Throws `not_allowed` in a process of an agent
 * that has lost its node's: it would act as the person. That keeps mistakes away; one user cannot be fenced from himself.
 */
export function callerToken(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const given = env["CORD_TOKEN"];
  const isAgents = env[marks.attempt] !== undefined || env[marks.engine] !== undefined;
  if (isAgents && !given?.startsWith(nodePrefix))
    throw new CordError(
      "not_allowed",
      `This shell belongs to an agent of a run (${marks.attempt} is set), and CORD_TOKEN does not hold its node's token: a person's is not used here. Leave CORD_TOKEN as it was, or call cord from a shell outside of the run.`,
    );
  return given || daemonToken();
}

function readToken(file: string): string | null {
  try {
    if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
    const token = readFileSync(file, "utf8").trim();
    return token.length >= 32 ? token : null;
  } catch {
    return null;
  }
}
