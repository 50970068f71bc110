import { closeSync, fchmodSync, fstatSync, readSync, rmSync, linkSync } from "node:fs";
import { dirname } from "node:path";
import { environment } from "../system/environment.ts";
import type { Environment } from "../core/environment.ts";
import { CordError } from "../core/error.ts";
import { marks } from "../core/marks.ts";
import { nodePrefix } from "../core/proof.ts";
import { systemCode } from "../core/system-code.ts";
import { replaceDurably, syncFolder } from "../system/durable-file.ts";
import { makePrivate, refuseOther } from "../system/private-file.ts";
import { isAnothers, isOpenToOthers } from "../system/rights.ts";
import { randomHex } from "../system/secret.ts";
import { openOwn } from "../system/small-file.ts";
import { keptFolder, unusableFile } from "./kept-folder.ts";
import { tokenFile } from "./paths.ts";

/**
 * 256 bits, in a file that only its owner can read. Made at the first use; if two race, both get the same. A token
 * that others could read is renewed. Throws `failed`, with the fix, for a file without a token, a link, and a folder
 * that cannot be written.
 */
export function daemonToken(file = tokenFile()): string {
  keptFolder(dirname(file));
  try {
    return readToken(file) ?? newToken(file);
  } catch (error) {
    if (error instanceof CordError) throw error;
    throw unusableFile(file, error);
  }
}

/**
 * The token that a caller shows: the node's inside a run, else the daemon's. Throws `not_allowed` in an agent's
 * process that has lost its node's token, because it would act as the person. That prevents mistakes; it does not
 * protect users from themselves.
 */
export function callerToken(env: Environment = environment): string {
  const given = env.CORD_TOKEN;
  if (isBereft(env))
    throw new CordError(
      "not_allowed",
      `This shell belongs to an agent of a run (${marks.attempt} is set), and CORD_TOKEN does not hold its node's token: a person's is not used here. Leave CORD_TOKEN as it was, or call cord from a shell outside of the run.`,
    );
  return given || daemonToken();
}

/** Whether this is the environment of a run's agent that has lost its node's token. */
export function isBereft(env: Environment): boolean {
  const isAgents = env[marks.attempt] !== undefined || env[marks.engine] !== undefined;
  return isAgents && !env.CORD_TOKEN?.startsWith(nodePrefix);
}

/** Null: there is none yet. */
function readToken(file: string): string | null {
  const opened = openToken(file);
  if (opened === null) return null;
  try {
    const stats = fstatSync(opened);
    if (isAnothers(stats))
      throw new CordError(
        "failed",
        `The token file ${file} belongs to another user. Give it to yours: sudo chown $(id -u) ${file}`,
      );
    const bytes = Buffer.alloc(maxBytes);
    const token = bytes.toString("utf8", 0, readSync(opened, bytes, 0, maxBytes, 0)).trim();
    if (!/^[\x21-\x7e]{32,}$/.test(token))
      throw new CordError(
        "failed",
        `The token file ${file} is damaged: it holds no token. Delete it, and the next command makes another: rm ${file}. A daemon that runs has to take that over: cord daemon restart`,
      );
    if (isOpenToOthers(stats)) {
      fchmodSync(opened, 0o600);
      return (stats.mode & 0o044) === 0 ? token : renewedToken(file);
    }
    return token;
  } finally {
    closeSync(opened);
  }
}

const maxBytes = 1024;

function openToken(file: string): number | null {
  refuseOther(file);
  try {
    return openOwn(file);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw error;
  }
}

function newToken(file: string): string {
  const own = ownFile(file);
  try {
    linkSync(own.file, file);
    syncFolder(dirname(file));
    return own.token;
  } catch (error) {
    // Another process was first, and its token is the one; or this file system has no links.
    const theirs = readToken(file);
    if (theirs !== null) return theirs;
    if (!isUnlinkable(error)) throw error;
    replaceDurably(own.file, file);
    return own.token;
  } finally {
    rmSync(own.file, { force: true });
  }
}

function isUnlinkable(error: unknown): boolean {
  return ["EPERM", "ENOTSUP", "ENOSYS", "EOPNOTSUPP"].includes(systemCode(error));
}

/** What others could read may be known to them. */
function renewedToken(file: string): string {
  const own = ownFile(file);
  replaceDurably(own.file, file);
  process.stderr.write(
    `cord: other users could read the token in ${file}, so it was renewed. A daemon that runs has to take that over: cord daemon restart\n`,
  );
  return own.token;
}

function ownFile(file: string): { file: string; token: string } {
  const token = randomHex(32);
  const own = `${file}.${randomHex(6)}`;
  makePrivate(own, `${token}\n`);
  return { file: own, token };
}
