import { command, commandsOf, segmentNamed } from "./mach-o.ts";
import { adHocSignature, signatureBytes } from "./mach-o-signature.ts";

/** Where a load command of a segment and of the signature say how much of the file is theirs. */
const segment = { memoryBytes: 32, from: 40, bytes: 48 } as const;
const linked = { from: 8, bytes: 12 } as const;
const memoryPage = 0x4000n;

/**
 * The program of macOS, signed ad hoc. Bun 1.4.4 does that by itself for Apple's processors; in a program for Intel's it
 * leaves its own certificate's signature, which holds for nothing that it has put in (oven-sh/bun#39837). Throws at a
 * program that has no place for a signature at its end.
 */
export function signedAdHoc(program: Uint8Array, identifier: string): Uint8Array {
  const bytes = program.slice();
  const view = new DataView(bytes.buffer);
  const signature = commandsOf(view).get(command.codeSignature);
  const [text, linkedit] = [segmentNamed(bytes, "__TEXT"), segmentNamed(bytes, "__LINKEDIT")];
  if (signature === undefined || text === undefined || linkedit === undefined)
    throw new Error(
      "The program has no place for a signature: it lacks LC_CODE_SIGNATURE, __TEXT or __LINKEDIT.",
    );
  const begins = view.getUint32(signature + linked.from, true);
  if (begins + view.getUint32(signature + linked.bytes, true) < bytes.length)
    throw new Error("Something stands behind the program's signature, which a new one would overwrite.");
  const length = signatureBytes(identifier, begins);
  const linkeditBytes = BigInt(begins + length) - view.getBigUint64(linkedit + segment.from, true);
  // first, since these stand in a page that is signed
  view.setUint32(signature + linked.bytes, length, true);
  view.setBigUint64(linkedit + segment.bytes, linkeditBytes, true);
  view.setBigUint64(linkedit + segment.memoryBytes, roundedUp(linkeditBytes), true);
  const content = bytes.subarray(0, begins);
  const range = {
    from: view.getBigUint64(text + segment.from, true),
    bytes: view.getBigUint64(text + segment.bytes, true),
  };
  return Buffer.concat([content, adHocSignature({ identifier, content, text: range })]);
}

function roundedUp(bytes: bigint): bigint {
  return ((bytes + memoryPage - 1n) / memoryPage) * memoryPage;
}
