import { packTar, type TarEntry } from "modern-tar";
import { targets } from "../../../src/core/targets.ts";

/** A server of releases on loopback, in GitHub's layout. Files may be replaced by others, to be as broken as a test wants them. */
export interface Releases extends Disposable {
  /** `http://127.0.0.1:PORT/releases`, as CORD_RELEASES has it */
  base: string;
  /** What was asked for, in order, without the base. */
  asked: string[];
  /** Files by their path below the base; a function answers by itself. */
  files: Map<string, Uint8Array<ArrayBuffer> | string | (() => Response | Promise<Response>)>;
  /** Has a version for each target, or the named ones, and makes it the newest. `program` is what is in the place of cord. */
  publish(version: string, program?: string | Uint8Array, names?: readonly string[]): Promise<void>;
  /** Has another archive for one target, with its sum in the sums. */
  replace(version: string, target: string, archive: Uint8Array<ArrayBuffer>): void;
}

export function serveReleases(): Releases {
  const files: Releases["files"] = new Map();
  const asked: string[] = [];
  let newest = "";
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    fetch: ({ url }) => {
      const path = new URL(url).pathname.replace("/releases/", "");
      asked.push(path);
      const file = files.get(path) ?? files.get(path.replace("latest/download/", `download/v${newest}/`));
      if (file === undefined) return new Response("Not Found", { status: 404 });
      return typeof file === "function" ? file() : new Response(file);
    },
  });
  const sums = new Map<string, Map<string, string>>();
  const replace = (version: string, target: string, archive: Uint8Array<ArrayBuffer>) => {
    const name = `cord-${target}.tar.gz`;
    const digest = new Bun.CryptoHasher("sha256").update(archive).digest("hex");
    const known = sums.get(version) ?? new Map<string, string>();
    sums.set(version, known.set(name, digest));
    files.set(`download/v${version}/${name}`, archive);
    const lines = [...known].map(([file, sum]) => `${sum}  ${file}\n`).join("");
    files.set(`download/v${version}/SHA256SUMS`, lines);
  };
  return {
    base: `http://127.0.0.1:${server.port}/releases`,
    asked,
    files,
    replace,
    async publish(version, program = stubProgram(version), names = targets.map(({ name }) => name)) {
      newest = version;
      for (const name of names)
        replace(
          version,
          name,
          await tarGz(contents(version, name, program), typeof program === "string" ? 6 : 0),
        );
      const sbom = { bomFormat: "CycloneDX", metadata: { component: { name: "cord", version } } };
      files.set(`download/v${version}/cord.cdx.json`, JSON.stringify(sbom));
    },
    [Symbol.dispose]: () => void server.stop(true),
  };
}

/** What a release's archive has in it. */
export function contents(version: string, target: string, program: string | Uint8Array): TarEntry[] {
  const folder = `cord-${version}-${target}`;
  return [
    file(`${folder}/cord`, program),
    file(`${folder}/LICENSE`, "MIT"),
    file(`${folder}/README.md`, "# cord"),
    file(`${folder}/completions/cord.bash`, `# for bash, of ${version}\n`),
    file(`${folder}/completions/_cord`, `# for zsh, of ${version}\n`),
    file(`${folder}/completions/cord.fish`, `# for fish, of ${version}\n`),
    file(`${folder}/man/cord.1`, `.TH CORD 1 "" "cord ${version}"\n`),
  ];
}

export function file(name: string, body: string | Uint8Array): TarEntry {
  return { header: { name, size: Buffer.byteLength(body), mode: 0o755, type: "file" }, body };
}

/** A program of 100 megabytes is not worth the time that level 1 takes. */
export async function tarGz(
  entries: readonly TarEntry[],
  level: 0 | 6 = 6,
): Promise<Uint8Array<ArrayBuffer>> {
  return Bun.gzipSync(await packTar(entries), { level });
}

/** A program that knows its version, and nothing else. */
export function stubProgram(version: string): string {
  return `#!/bin/sh\ncase $1 in --version) echo ${version} ;; version) echo "cord ${version} (stub)" ;; esac\n`;
}
