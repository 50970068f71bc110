import { closeSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { OwnedFile } from "./cord-folder.ts";
import { makePrivateFolder, openPrivate } from "./private-file.ts";
import { readSmall } from "./small-file.ts";
import { userFolder } from "./user-folder.ts";

/**
 * The files of projects that the user has agreed to, each by its place and its content, as direnv does it: one that was
 * changed, or that is a copy elsewhere, is asked about again.
 */
export function isTrusted(file: OwnedFile): boolean {
  if (file.owner === "user") return true;
  const digest = digestOf(file);
  return (readSmall(trustFile(), trustBytes) ?? "").split("\n").some((line) => line.startsWith(digest));
}

/** Keeps that the user has agreed to a file as it is now. */
export function trust(file: OwnedFile): void {
  const path = trustFile();
  makePrivateFolder(dirname(path));
  const to = openPrivate(path, "append");
  try {
    writeSync(to, `${digestOf(file)} ${JSON.stringify(file.path)}\n`);
  } finally {
    closeSync(to);
  }
}

const trustBytes = 4_194_304;

function trustFile(): string {
  return join(userFolder("data"), "trusted");
}

function digestOf({ path, text }: OwnedFile): string {
  return new Bun.CryptoHasher("sha256").update(`${path}\0${text}`).digest("hex");
}
