import { expect, test } from "bun:test";
import { Validator, type Schema } from "@cfworker/json-schema";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import manifest from "../../../package.json" with { type: "json" };
import { billOfMaterials } from "../../../scripts/release/sbom.ts";
import { root } from "../../support/source.ts";

interface Part {
  "bom-ref": string;
  name: string;
  version: string;
  purl: string;
  hashes: { alg: string; content: string }[];
  licenses?: unknown[];
}
const bom: { serialNumber: string; components: Part[] } = JSON.parse(billOfMaterials());
/** by where each lies under node_modules */
const named = new Map(bom.components.map((part) => [part["bom-ref"].replace(/@[^@/]+$/, ""), part]));

test("the bill of materials is CycloneDX 1.6, as its own schema has it", () => {
  const folder = join(root, "node_modules/@cyclonedx/cyclonedx-library/res/schema");
  const schema = (name: string): Schema => JSON.parse(readFileSync(join(folder, name), "utf8"));
  const validator = new Validator(schema("bom-1.6.SNAPSHOT.schema.json"), "7", false);
  for (const name of ["spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json"])
    validator.addSchema(schema(name), `http://cyclonedx.org/schema/${name}`);
  expect(validator.validate(bom).errors).toEqual([]);
  expect(validator.validate({ ...bom, components: [{ type: "part" }] }).valid).toBe(false);
});

test("it has each package that cord needs with what it needs, its sum and license, and none that only develops it", () => {
  for (const [name, version] of Object.entries(manifest.dependencies))
    expect(named.get(name)).toMatchObject({ version });
  // of a dependency of a dependency
  expect(named.get("@clack/core")?.purl).toMatch(/^pkg:npm\/%40clack\/core@\d/);
  for (const name of ["typescript", "oxlint", "modern-tar", "@anthropic-ai/claude-code"])
    expect(named.has(name)).toBe(false);
  const bare = bom.components.filter(({ hashes, licenses }) => !hashes[0]?.content || !licenses?.length);
  expect(bare).toEqual([]);
  const [sum] = named.get("zod")?.hashes ?? [];
  const integrity = `sha512-${Buffer.from(sum?.content ?? "", "hex").toString("base64")}`;
  expect(readFileSync(join(root, "bun.lock"), "utf8")).toContain(
    `"zod@${manifest.dependencies.zod}", "", {}, "${integrity}"`,
  );
});

test("it has Bun's runtime for each target, of the version that builds cord", () => {
  const runtimes = [...named].filter(([name]) => name.startsWith("@oven/bun-"));
  expect(runtimes.map(([, { version }]) => version)).toEqual(Array(8).fill(manifest.devDependencies.bun));
});

test("the same sources have the same bill, and its number is drawn from it", () => {
  expect(billOfMaterials()).toBe(`${JSON.stringify(bom, null, 2)}\n`);
  expect(bom.serialNumber).toMatch(
    /^urn:uuid:[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
  );
});
