/**
 * Parts of a signature in a Mach-O file, all with the high byte first. Source: xnu, osfmk/kern/cs_blobs.h, and Apple's
 * TN3126 on what a signature holds.
 */
export const blob = { superBlob: 0xfade0cc0, codeDirectory: 0xfade0c02, cms: 0x10000 } as const;

/** Where an embedded signature keeps what a code directory says, from its beginning. */
export const field = {
  flags: 12,
  hashes: 16,
  identifier: 20,
  pages: 28,
  limit: 32,
  hashSize: 36,
  hashType: 37,
  pageBits: 39,
  segmentBase: 64,
  segmentLimit: 72,
  segmentFlags: 80,
} as const;

const version = 0x20400;
const directoryBytes = 88;
const pageBits = 12;
const sha256 = { type: 2, bytes: 32 } as const;
/** ad hoc, and made by who linked the program: what any other signer may replace */
const flags = 0x20002;
const mainProgram = 1n;
const superBlobBytes = 20;

export interface Signed {
  /** what the system calls the program */
  readonly identifier: string;
  /** all that stands before the signature */
  readonly content: Uint8Array;
  /** the segment of code: its place and length in the file */
  readonly text: { readonly from: bigint; readonly bytes: bigint };
}

/** How long the signature of so many bytes is: rounded to 16, as the loader wants what it reads. */
export function signatureBytes(identifier: string, contentBytes: number): number {
  const pages = Math.ceil(contentBytes / 2 ** pageBits);
  return (
    Math.ceil((superBlobBytes + directoryBytes + identifier.length + 1 + sha256.bytes * pages) / 16) * 16
  );
}

/**
 * A signature that names nobody: the sums of all pages, by which the kernel sees that none was changed. Apple's processors
 * start nothing without one.
 */
export function adHocSignature({ identifier, content, text }: Signed): Uint8Array {
  const pages = Math.ceil(content.length / 2 ** pageBits);
  const bytes = new Uint8Array(signatureBytes(identifier, content.length));
  const view = new DataView(bytes.buffer);
  const hashes = directoryBytes + identifier.length + 1;
  const length = hashes + sha256.bytes * pages;
  for (const [index, word] of [blob.superBlob, superBlobBytes + length, 1, 0, superBlobBytes].entries())
    view.setUint32(4 * index, word);
  const directory = superBlobBytes;
  for (const [index, word] of [blob.codeDirectory, length, version].entries())
    view.setUint32(directory + 4 * index, word);
  view.setUint32(directory + field.flags, flags);
  view.setUint32(directory + field.hashes, hashes);
  view.setUint32(directory + field.identifier, directoryBytes);
  view.setUint32(directory + field.pages, pages);
  view.setUint32(directory + field.limit, content.length);
  view.setUint8(directory + field.hashSize, sha256.bytes);
  view.setUint8(directory + field.hashType, sha256.type);
  view.setUint8(directory + field.pageBits, pageBits);
  view.setBigUint64(directory + field.segmentBase, text.from);
  view.setBigUint64(directory + field.segmentLimit, text.bytes);
  view.setBigUint64(directory + field.segmentFlags, mainProgram);
  new TextEncoder().encodeInto(identifier, bytes.subarray(directory + directoryBytes));
  for (let page = 0; page < pages; page += 1)
    bytes.set(pageHash(content, page, 2 ** pageBits), directory + hashes + sha256.bytes * page);
  return bytes;
}

/** The last page is as long as it is. */
export function pageHash(content: Uint8Array, page: number, size: number): Uint8Array {
  return new Bun.CryptoHasher("sha256").update(content.subarray(page * size, (page + 1) * size)).digest();
}
