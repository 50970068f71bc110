import type { Form } from "./form.ts";

const machines = new Map<number, Form["arch"]>([
  [62, "x64"],
  [183, "arm64"],
]);
const programInterpreter = 3;

/** ELF for 64 bits, low byte first; null for anything else. Source: elf(5). */
export function readElf(bytes: Uint8Array): Form | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== 0x7f454c46 || view.getUint16(4) !== 0x0201) return null;
  const arch = machines.get(view.getUint16(18, true));
  if (arch === undefined) return null;
  return {
    format: "ELF",
    arch,
    hasEntry: view.getBigUint64(24, true) !== 0n,
    loader: loaderOf(view, bytes),
    signature: "none",
  };
}

function loaderOf(view: DataView, bytes: Uint8Array): string | null {
  const [table, size, count] = [
    Number(view.getBigUint64(32, true)),
    view.getUint16(54, true),
    view.getUint16(56, true),
  ];
  for (let at = table; at < table + size * count; at += size) {
    if (view.getUint32(at, true) !== programInterpreter) continue;
    const from = Number(view.getBigUint64(at + 8, true));
    const length = Number(view.getBigUint64(at + 32, true));
    return new TextDecoder().decode(bytes.subarray(from, from + length)).replace(/\0.*/s, "");
  }
  return null;
}
