import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cordBinary, createWorld, startDaemon, type World } from "./bench/support/cord.ts";
import { root } from "./steps.ts";

/**
 * Holds cord against A2A's compatibility kit: `TCK_KIT=FOLDER TCK_PYTHON=PYTHON bun scripts/a2a-kit.ts [TRANSPORTS]`, such as
 * `jsonrpc`; both without. The kit is a2aproject/a2a-tck at 357c4a8 (branch 1.0-dev), and PYTHON has what it needs.
 * The daemon, its data and the worker that acts for the kit are its own, and gone afterwards.
 */

export interface Kit {
  folder: string;
  python: string;
}

interface Counted {
  passed: number;
  skipped: number;
  /** what failed, and why: by the kit's mistakes, and by cord's */
  wrong: string[];
  failed: string[];
}

/** The kit that the environment names; null for none. */
export function kitNamed(): Kit | null {
  const { TCK_KIT: folder = "", TCK_PYTHON: python = "python3" } = process.env;
  return folder === "" ? null : { folder, python };
}

export async function runKit(kit: Kit, transports = "jsonrpc,http_json"): Promise<Counted> {
  const world = createWorld();
  const pushes = ["https://example.com/", "http://127.0.0.1"].flatMap((prefix) => ["--push-to", prefix]);
  const daemon = await startDaemon(await cordBinary(), world, ["--open", ...pushes]);
  const worker = Bun.spawn([process.execPath, join(root, "scripts/a2a-worker.ts")], {
    env: { ...world.env, CORD_URL: world.url },
    stdio: ["ignore", "ignore", "inherit"],
  });
  try {
    return countIn(await judged(kit, world, transports));
  } finally {
    worker.kill();
    await worker.exited;
    await daemon.stop();
  }
}

/** What the kit finds, in JUnit's XML. */
async function judged({ folder, python }: Kit, world: World, transports: string): Promise<string> {
  const report = join(world.folder, "junit.xml");
  const argv = [python, "-m", "pytest", "tests/compatibility", "-q", "--tb=short", "-p", "no:cacheprovider"];
  argv.push(`--sut-host=${world.url.replace(/\/$/, "")}`, `--transport=${transports}`);
  argv.push("--webhook-host=127.0.0.1", `--junitxml=${report}`);
  argv.push(`--compatibility-report=${join(world.folder, "compatibility")}`);
  const log = Bun.file(join(world.folder, "kit.log"));
  await Bun.spawn(argv, { cwd: folder, stdio: ["ignore", log, log] }).exited;
  if (!existsSync(report)) throw new Error(`The kit did not run:\n${await log.text()}`);
  return readFileSync(report, "utf8");
}

/** What the kit asks for, and the specification does not: by the names of its tests. */
const mistakes: readonly [test: RegExp, why: string][] = [
  [/CORE-SEND-003/, "3.1.1 wants ContentTypeNotSupportedError (a2a-tck #202)"],
  [
    /test_response_content_type|test_error_uses_aip193_format|test_error_content_type/,
    "11.1 of 1.0.1 says application/a2a+json (a2a-tck #240)",
  ],
  [/test_content_type_not_supported_returns_415/, "5.4 of 1.0.1 says 400 (a2a-tck #240)"],
  [/TestMessageResponse/, "an agent may always answer with a task (3.1.1)"],
  [/test_agent_card_validates_against_schema/, "its schema refuses what only clients of 0.3 read (5.7)"],
];

function countIn(junit: string): Counted {
  const counted: Counted = { passed: 0, skipped: 0, wrong: [], failed: [] };
  for (const [, head = "", body = ""] of junit.matchAll(/<testcase ([^>]*?)(?:\/>|>(.*?)<\/testcase>)/gs)) {
    const name = `${attribute(head, "classname").split(".").at(-1)}::${attribute(head, "name")}`;
    if (body.includes("<skipped")) counted.skipped += 1;
    else if (!/<(?:failure|error)/.test(body)) counted.passed += 1;
    else {
      const mistake = mistakes.find(([test]) => test.test(name));
      const why = mistake?.[1] ?? attribute(body, "message");
      (mistake ? counted.wrong : counted.failed).push(`${name}: ${why.slice(0, 300)}`);
    }
  }
  return counted;
}

function attribute(text: string, name: string): string {
  return new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(text)?.[1] ?? "";
}

if (import.meta.main) {
  const kit = kitNamed();
  if (kit === null) throw new Error("Name the kit's folder: TCK_KIT=… bun scripts/a2a-kit.ts");
  const { passed, skipped, wrong, failed } = await runKit(kit, process.argv[2]);
  for (const line of wrong) console.log(`the kit's mistake  ${line}`);
  for (const line of failed) console.log(`FAILED  ${line}`);
  console.log(
    `${passed} passed, ${failed.length} failed, ${wrong.length} the kit's mistakes, ${skipped} skipped`,
  );
  process.exitCode = failed.length === 0 ? 0 : 1;
}
