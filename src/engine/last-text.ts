import { closeSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytes } from "../core/bytes.ts";
import { limits } from "../core/limits.ts";
import { beginningOf } from "../core/text.ts";
import { openPrivate } from "../system/private-file.ts";

/** An agent's last text as it can be handed in, and what is to be said of it. */
interface LastText {
  result: string;
  note: string;
}

/**
 * A text that is longer than a call may be is cut, and stands whole in a file of the attempt's folder, which its end names.
 * Throws when that cannot be written.
 */
export function handable(text: string, folder: string): LastText {
  const size = bytesOf(text);
  if (size <= maxBytes) return { result: text, note };
  const path = join(folder, "last-text.txt");
  const file = openPrivate(path, "truncate");
  try {
    writeFileSync(file, text);
  } finally {
    closeSync(file);
  }
  const end = `\n\n[Cut by cord: the whole text, ${bytes(Buffer.byteLength(text))}, is in ${path}.]`;
  return {
    result: beginningWithin(text, maxBytes - bytesOf(end)) + end,
    note: `${note}, cut: whole in ${path}`,
  };
}

const note = "no complete(); its last text";

/** What is around the text in a call is small. */
const maxBytes = limits.bodyBytes - 10_000;

/** As it stands in a call. */
function bytesOf(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}

function beginningWithin(text: string, maxBytes: number): string {
  let kept = beginningOf(text, maxBytes);
  for (let size = bytesOf(kept); size > maxBytes; size = bytesOf(kept))
    kept = beginningOf(kept, Math.floor((kept.length * maxBytes * 0.99) / size));
  return kept;
}
