import { readElf } from "./elf.ts";
import type { Form } from "./form.ts";
import { readMachO } from "./mach-o.ts";
import { readPe } from "./pe.ts";

/** Throws at bytes that are none of the three formats. */
export function formOf(bytes: Uint8Array): Form {
  const form = readElf(bytes) ?? readMachO(bytes) ?? readPe(bytes);
  if (form === null) throw new Error("This is neither ELF, nor Mach-O for 64 bits, nor PE32+.");
  return form;
}
