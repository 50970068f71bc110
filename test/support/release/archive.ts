/** One entry of a tar archive. A link points to `text`. */
export interface Entry {
  name: string;
  kind?: "file" | "folder" | "link";
  text?: string | Uint8Array;
}

const kinds = { file: "0", link: "2", folder: "5" } as const;
const blockBytes = 512;

/** A tar.gz with these entries, also such as no tar program would write. Format: POSIX ustar. */
export function tarGz(entries: readonly Entry[]): Uint8Array<ArrayBuffer> {
  const blocks = entries.flatMap((entry) => {
    const bytes = entry.kind === "link" ? new Uint8Array() : Buffer.from(entry.text ?? "");
    const padding = new Uint8Array((blockBytes - (bytes.length % blockBytes)) % blockBytes);
    return [headerOf(entry, bytes.length), bytes, padding];
  });
  return Bun.gzipSync(Buffer.concat([...blocks, new Uint8Array(2 * blockBytes)]), { level: 1 });
}

function headerOf({ name, kind = "file", text }: Entry, size: number): Buffer {
  const header = Buffer.alloc(blockBytes);
  header.write(name, 0, 100);
  header.write("0000755\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write(" ".repeat(8), 148);
  header.write(kinds[kind], 156);
  if (kind === "link") header.write(String(text), 157, 100);
  header.write("ustar\0" + "00", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}
