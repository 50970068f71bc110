import type { Form } from "./form.ts";

const machines = new Map<number, Form["arch"]>([
  [0x8664, "x64"],
  [0xaa64, "arm64"],
]);
const forConsole = 3;
const executable = 0x0002;
const securityDirectory = 4;

/** A program of Windows for 64 bits; null for anything else. Source: Microsoft's "PE Format". */
export function readPe(bytes: Uint8Array): Form | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0) !== 0x4d5a) return null;
  const header = view.getUint32(0x3c, true);
  const optional = header + 24;
  if (view.getUint32(header) !== 0x50450000 || view.getUint16(optional, true) !== 0x20b) return null;
  const arch = machines.get(view.getUint16(header + 4, true));
  if (arch === undefined) return null;
  const isExecutable = (view.getUint16(header + 22, true) & executable) !== 0;
  const isForConsole = view.getUint16(optional + 68, true) === forConsole;
  const signatureBytes = view.getUint32(optional + 112 + 8 * securityDirectory + 4, true);
  return {
    format: "PE32+",
    arch,
    hasEntry: isExecutable && isForConsole && view.getUint32(optional + 16, true) !== 0,
    loader: null,
    signature: signatureBytes === 0 ? "none" : `${signatureBytes} bytes`,
  };
}
