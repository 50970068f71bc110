import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { z } from "zod";

/**
 * A headless Chromium for tests: that of the package which scripts/clients pins, else the system's. Null where there is
 * neither, as on a machine that the package has no build for.
 */
export function chromiumPath(): string | null {
  return packaged() ?? names.map((name) => Bun.which(name)).find((path) => path !== null) ?? null;
}

const names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];
const Manifest = z.object({ version: z.string() });
const folder = join(import.meta.dirname, "../../../scripts/clients/node_modules");

/** The package holds the program packed; it is unpacked beside the others' caches, once for this version. */
function packaged(): string | null {
  if (process.platform !== "linux" || process.arch !== "x64") return null;
  const home = join(folder, "@sparticuz/chromium");
  const packed = join(home, "bin/chromium.br");
  if (!existsSync(packed)) return null;
  const { version } = Manifest.parse(JSON.parse(readFileSync(join(home, "package.json"), "utf8")));
  const cache = join(folder, ".cache/chromium");
  const path = join(cache, `chromium-${version}`);
  if (existsSync(path)) return path;
  mkdirSync(cache, { recursive: true });
  const own = `${path}.${process.pid}`;
  closeSync(openSync(own, "w", 0o755));
  writeFileSync(own, brotliDecompressSync(readFileSync(packed)));
  renameSync(own, path);
  return path;
}
