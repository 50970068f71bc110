import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { archiveOf } from "../../../scripts/release/archive.ts";
import { entriesIn } from "../../../scripts/release/archived.ts";
import { replaceProgram } from "../../../scripts/release/build.ts";
import { misfits } from "../../../scripts/release/programs/form.ts";
import { formOf } from "../../../scripts/release/programs/read.ts";
import { signedAdHoc } from "../../../scripts/release/programs/sign.ts";
import { isOfThisMachine } from "../../../scripts/release/runtimes.ts";
import { temporaryDirectory } from "../../support/machine/temporary.ts";
import { targetNamed, targets, type Target } from "../../../src/core/targets.ts";

const target = (name: string): Target => targetNamed(name) ?? targets[0] ?? fail();
function fail(): never {
  throw new Error("There is no such target.");
}

test("this machine's Bun has the form of this machine's target, and of no other but the one for older processors", () => {
  const form = formOf(readFileSync(process.execPath));
  const fitting = targets.filter((one) => misfits(one, form).length === 0).map(({ name }) => name);
  const here = targets.find(isOfThisMachine)?.name ?? fail();
  expect(fitting).toContain(here);
  expect(fitting.filter((name) => name !== here && name !== `${here}-baseline`)).toEqual([]);
});

/** A program of macOS with nothing in it but what a loader and a signer look for. */
function machO({ pages = 3, tail = 100 } = {}): Uint8Array {
  const begins = pages * 4096 - 1000;
  const bytes = new Uint8Array(begins + tail).fill(0x5a, 2048);
  const view = new DataView(bytes.buffer);
  for (const [at, word] of [0xfeedfacf, 0x01000007, 3, 2, 5].entries()) view.setUint32(4 * at, word, true);
  let at = 32;
  const add = (kind: number, size: number, write: (at: number) => void) => {
    view.setUint32(at, kind, true);
    view.setUint32(at + 4, size, true);
    write(at);
    at += size;
  };
  const segment = (name: string, from: number, length: number) =>
    add(0x19, 72, (at) => {
      new TextEncoder().encodeInto(name, bytes.subarray(at + 8));
      view.setBigUint64(at + 40, BigInt(from), true);
      view.setBigUint64(at + 48, BigInt(length), true);
    });
  segment("__TEXT", 0, 4096);
  segment("__LINKEDIT", 4096, bytes.length - 4096);
  add(0xe, 32, (at) => {
    view.setUint32(at + 8, 12, true);
    new TextEncoder().encodeInto("/usr/lib/dyld", bytes.subarray(at + 12));
  });
  add(0x80000028, 24, () => {});
  add(0x1d, 16, (at) => {
    view.setUint32(at + 8, begins, true);
    view.setUint32(at + 12, tail, true);
  });
  return bytes;
}

describe("a program of macOS for Intel", () => {
  test("that Bun has put something into is not signed, until it is signed ad hoc", () => {
    const program = machO();
    expect(misfits(target("darwin-x64"), formOf(program))).toEqual(["the signature is unreadable"]);
    const signed = signedAdHoc(program, "cord");
    expect(formOf(signed)).toEqual({
      format: "Mach-O",
      arch: "x64",
      hasEntry: true,
      loader: "/usr/lib/dyld",
      signature: "ad-hoc, all pages as signed",
    });
    expect(misfits(target("darwin-x64"), formOf(signed))).toEqual([]);
    expect(misfits(target("darwin-arm64"), formOf(signed))).toEqual([
      "the processor is x64, and has to be arm64",
    ]);
    expect(signedAdHoc(signed, "cord")).toEqual(signed);
  });

  test.each([0, 1, 2])("is no longer as signed when a byte of its page %p has changed", (page) => {
    const signed = signedAdHoc(machO(), "cord");
    signed[page * 4096 + 3000] = 1;
    expect(formOf(signed).signature).toBe(`broken: page ${page} is not what was signed`);
  });

  test("is left alone where something stands behind its signature", () => {
    const longer = Buffer.concat([machO(), new Uint8Array(1)]);
    expect(() => signedAdHoc(longer, "cord")).toThrow("behind the program's signature");
  });
});

/** The headers of a program of Windows. */
function pe(machine: number): Uint8Array {
  const bytes = new Uint8Array(512);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x4d5a);
  view.setUint32(0x3c, 0x80, true);
  view.setUint32(0x80, 0x50450000);
  view.setUint16(0x84, machine, true);
  view.setUint16(0x96, 0x22, true);
  view.setUint16(0x98, 0x20b, true);
  view.setUint32(0xa8, 0x1000, true);
  view.setUint16(0xdc, 3, true);
  return bytes;
}

test("a program of Windows is known by its processor, its entry and that it is for the console", () => {
  expect(misfits(target("windows-x64"), formOf(pe(0x8664)))).toEqual([]);
  expect(misfits(target("windows-x64"), formOf(pe(0xaa64)))).toEqual([
    "the processor is arm64, and has to be x64",
  ]);
  expect(() => formOf(new Uint8Array(512))).toThrow("neither ELF");
});

test("a program that was signed elsewhere takes the place of the one in its archive, and the sums are made anew", async () => {
  const folder = temporaryDirectory("replaced");
  const windows = target("windows-x64");
  const entry = { path: "cord-0/cord.exe", bytes: pe(0x8664), isProgram: true };
  const license = { path: "cord-0/LICENSE", bytes: Buffer.from("free"), isProgram: false };
  writeFileSync(join(folder, windows.archive), await archiveOf([entry, license], "zip"));
  const release = { repository: "someone/cord", folder, tell: () => {} };
  const signed = Buffer.concat([pe(0x8664), Buffer.from("signed")]);
  await replaceProgram(windows, signed, release);
  const archive = new Uint8Array(readFileSync(join(folder, windows.archive)));
  const entries = await entriesIn(windows, archive);
  expect(entries.map(({ path, bytes }) => [path, Buffer.from(bytes)])).toEqual([
    ["cord-0/LICENSE", Buffer.from("free")],
    ["cord-0/cord.exe", signed],
  ]);
  const sum = new Bun.CryptoHasher("sha256").update(archive).digest("hex");
  expect(readFileSync(join(folder, "SHA256SUMS"), "utf8")).toContain(`${sum}  cord-windows-x64.zip\n`);
  const refused = replaceProgram(windows, pe(0xaa64), release);
  await expect(refused).rejects.toThrow("no program for windows-x64: the processor is arm64");
});
