import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { install } from "./install.ts";
import { programName, root, script, step } from "./steps.ts";

/**
 * `npm start`: gets what is missing, builds the binary, and runs a plan in rehearsal, with a daemon and a data
 * directory of its own that are gone afterwards. Needs no account, and costs nothing.
 */
const cord = join(root, "dist", programName);
const folder = mkdtempSync(join(tmpdir(), "cord-start-"));
const env = { XDG_DATA_HOME: join(folder, "data"), HOME: folder, CORD_DB: join(folder, "cord.db") };

async function main(): Promise<boolean> {
  if (!(await install())) return false;
  if (!(await step("build dist/cord", script("build")))) return false;
  const daemon = Bun.spawn([cord, "serve", "--addr", "127.0.0.1:0"], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  try {
    const url = await listeningAt(daemon.stderr);
    const plan = join(root, "scripts/try/plan.md");
    return await step("cord run scripts/try/plan.md --rehearse", [cord, "run", plan, "--rehearse"], {
      ...env,
      CORD_URL: url,
    });
  } finally {
    daemon.kill();
    await daemon.exited;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The address that the daemon prints once it listens. */
async function listeningAt(output: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of output) {
    text += new TextDecoder().decode(chunk);
    const url = /http:\/\/\S+\//.exec(text)?.[0];
    if (url) return url;
  }
  throw new Error(`the daemon did not start: ${text}`);
}

const done = await main();
if (done)
  console.log(
    `\nThat was a rehearsal. With Claude Code installed and logged in, the same for real:\n  ${cord} run scripts/try/plan.md --total-budget 5`,
  );
process.exit(done ? 0 : 1);
