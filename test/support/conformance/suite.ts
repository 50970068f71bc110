import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { testTimeoutMs } from "../../../scripts/steps.ts";
import { start } from "../machine/command.ts";
import { temporaryDirectory } from "../machine/temporary.ts";

/** One thing that MCP's own conformance suite looked at. */
export interface Check {
  scenario: string;
  id: string;
  status: "SUCCESS" | "FAILURE" | "WARNING" | "SKIPPED" | "INFO";
  /** whether the requirements of this version of MCP count its scenario */
  isScored: boolean;
  why: string;
}

const home = join(
  import.meta.dirname,
  "../../../scripts/clients/node_modules/@modelcontextprotocol/conformance",
);

/** Runs all that the suite requires of a server of this version of MCP, at the server of this address. */
export async function judge(url: string, version: string): Promise<Check[]> {
  const report = temporaryDirectory(`conformance-${version}`);
  const argv = [process.execPath, join(home, "dist/index.js")];
  const asked = ["server", "--url", url, "--requirements", version, "-o", report];
  const running = start([...argv, ...asked], { cwd: report, env: { PATH: process.env["PATH"] ?? "" } });
  const timer = setTimeout(() => void running.kill(), testTimeoutMs);
  const { out, err } = await running.ended;
  clearTimeout(timer);
  const unscored = unscoredIn(version);
  const checks = reportsIn(report).flatMap(({ scenario, path }) =>
    Checks.parse(JSON.parse(readFileSync(path, "utf8"))).map(({ id, status, ...said }) => ({
      scenario,
      id,
      status,
      isScored: !unscored.has(scenario),
      why: said.errorMessage ?? said.description ?? "",
    })),
  );
  if (checks.length === 0) throw new Error(`The suite judged nothing.\n${out}\n${err}`);
  return checks;
}

const Checks = z.array(
  z.object({
    id: z.string(),
    status: z.enum(["SUCCESS", "FAILURE", "WARNING", "SKIPPED", "INFO"]),
    errorMessage: z.string().optional(),
    description: z.string().optional(),
  }),
);

/** The file of each scenario's checks, in the order in which they were made. */
function reportsIn(folder: string): { scenario: string; path: string }[] {
  return readdirSync(folder)
    .flatMap((name) => {
      const scenario = /^server-(.*)-20\d\d-\d\d-\d\dT.*$/.exec(name)?.[1];
      return scenario === undefined ? [] : [{ scenario, path: join(folder, name, "checks.json") }];
    })
    .toSorted((one, other) => statSync(one.path).mtimeMs - statSync(other.path).mtimeMs);
}

const Requirements = z.object({
  not_scored: z.array(z.object({ scenario: z.string(), leg: z.string() })),
});

function unscoredIn(version: string): ReadonlySet<string> {
  const text = readFileSync(join(home, "requirements", `${version}.yaml`), "utf8");
  return new Set(Requirements.parse(parse(text)).not_scored.map(({ scenario }) => scenario));
}
