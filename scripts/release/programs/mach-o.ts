import type { Form } from "./form.ts";
import { blob, field, pageHash } from "./mach-o-signature.ts";

const machines = new Map<number, Form["arch"]>([
  [0x01000007, "x64"],
  [0x0100000c, "arm64"],
]);
const executable = 2;
/** Load commands. Source: <mach-o/loader.h>. */
export const command = { main: 0x80000028, dylinker: 0xe, codeSignature: 0x1d, segment: 0x19 } as const;

/** A program of macOS for 64 bits; null for anything else. */
export function readMachO(bytes: Uint8Array): Form | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== 0xfeedfacf) return null;
  const arch = machines.get(view.getUint32(4, true));
  if (arch === undefined) return null;
  const commands = commandsOf(view);
  const dylinker = commands.get(command.dylinker);
  const signed = commands.get(command.codeSignature);
  return {
    format: "Mach-O",
    arch,
    hasEntry: view.getUint32(12, true) === executable && commands.has(command.main),
    loader: dylinker === undefined ? null : textAt(bytes, dylinker + view.getUint32(dylinker + 8, true)),
    signature: signed === undefined ? "none" : signatureAt(bytes, view, view.getUint32(signed + 8, true)),
  };
}

/** Where each kind of load command begins; the last of its kind. */
export function commandsOf(view: DataView): ReadonlyMap<number, number> {
  return new Map(eachCommand(view).map((at) => [view.getUint32(at, true), at]));
}

/** Where the load command of a segment begins. */
export function segmentNamed(bytes: Uint8Array, name: string): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return eachCommand(view).find(
    (at) => view.getUint32(at, true) === command.segment && textAt(bytes, at + 8) === name,
  );
}

function eachCommand(view: DataView): number[] {
  const found = [32];
  for (let left = view.getUint32(16, true); left > 1; left -= 1) {
    const at = found.at(-1) ?? 32;
    found.push(at + view.getUint32(at + 4, true));
  }
  return found;
}

/**
 * Who signed it, once each page of the file has been held against its sum in the signature, as the kernel does when it
 * reads the page: a program with a page that differs is ended.
 */
function signatureAt(bytes: Uint8Array, view: DataView, at: number): string {
  if (view.getUint32(at) !== blob.superBlob) return "unreadable";
  const slots = Array.from({ length: view.getUint32(at + 8) }, (_, index) => {
    const slot = at + 12 + 8 * index;
    return { type: view.getUint32(slot), begins: at + view.getUint32(slot + 4) };
  });
  const directory = slots.find(({ begins }) => view.getUint32(begins) === blob.codeDirectory)?.begins;
  if (directory === undefined) return "without a code directory";
  const wrong = wrongPages(bytes, view, directory, at);
  if (wrong !== null) return wrong;
  const cms = slots.find(({ type }) => type === blob.cms);
  const isAdHoc = cms === undefined || view.getUint32(cms.begins + 4) <= 8;
  return isAdHoc ? "ad-hoc, all pages as signed" : "by a certificate, all pages as signed";
}

/** What is wrong; null for nothing. All before the signature has to be signed. */
function wrongPages(bytes: Uint8Array, view: DataView, directory: number, signature: number): string | null {
  const limit = view.getUint32(directory + field.limit);
  if (view.getUint8(directory + field.hashType) !== 2 || view.getUint8(directory + field.hashSize) !== 32)
    return "not by SHA-256";
  if (limit !== signature) return `of ${limit} bytes, and ${signature} stand before it`;
  const size = 2 ** view.getUint8(directory + field.pageBits);
  const content = bytes.subarray(0, limit);
  for (let page = 0; page < view.getUint32(directory + field.pages); page += 1) {
    const begins = directory + view.getUint32(directory + field.hashes) + 32 * page;
    const isSame = Buffer.compare(pageHash(content, page, size), bytes.subarray(begins, begins + 32)) === 0;
    if (!isSame) return `broken: page ${page} is not what was signed`;
  }
  return null;
}

function textAt(bytes: Uint8Array, at: number): string {
  return new TextDecoder().decode(bytes.subarray(at, bytes.indexOf(0, at)));
}
