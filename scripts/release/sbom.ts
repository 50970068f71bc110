import * as enums from "@cyclonedx/cyclonedx-library/Enums";
import * as models from "@cyclonedx/cyclonedx-library/Models";
import { JsonSerializer, JSON as forms } from "@cyclonedx/cyclonedx-library/Serialize";
import { Spec1dot6 } from "@cyclonedx/cyclonedx-library/Spec";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import manifest from "../../package.json" with { type: "json" };
import { root } from "../steps.ts";
import { packagesIn, productionPackages, type Locked } from "./lock-file.ts";

/**
 * The parts that a release of cord is made of, as CycloneDX 1.6 in JSON: each package of the lock file that is not for
 * development alone, and Bun's runtime for each target. It has no time, and a number that is drawn from the rest: the
 * same sources have the same one.
 */
export function billOfMaterials(): string {
  const cord = new models.Component(enums.ComponentType.Application, "cord", {
    bomRef: "cord",
    version: manifest.version,
    description: manifest.description,
    licenses: licensed(manifest.license),
  });
  const packages = productionPackages(join(root, "bun.lock"));
  const runtimes = productionPackages(join(root, "scripts/release/bun.lock"));
  const parts = new Map(
    [...packages, ...runtimes].map((one) => [one.key, { one, component: componentOf(one) }]),
  );
  for (const { one, component } of parts.values())
    for (const key of one.needs) addNeed(component, parts.get(key)?.component);
  const direct = new Set([...Object.keys(manifest.dependencies), ...runtimes.map(({ key }) => key)]);
  for (const key of direct) addNeed(cord, parts.get(key)?.component);
  const bom = new models.Bom({ metadata: new models.Metadata({ component: cord }) });
  for (const { component } of parts.values()) bom.components.add(component);
  bom.serialNumber = numberOf(written(bom));
  return written(bom);
}

function written(bom: models.Bom): string {
  const options = { sortLists: true, space: 2 };
  return `${new JsonSerializer(new forms.Normalize.Factory(Spec1dot6)).serialize(bom, options)}\n`;
}

function componentOf({ key, name, version, sha512 }: Locked): models.Component {
  const isRuntime = name.startsWith("@oven/bun-");
  const [, group, bare = name] = /^(@[^/]+)\/(.+)$/.exec(name) ?? [];
  return new models.Component(isRuntime ? enums.ComponentType.Platform : enums.ComponentType.Library, bare, {
    bomRef: `${key}@${version}`,
    group,
    version,
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
    hashes: new models.HashDictionary([[enums.HashAlgorithm["SHA-512"], sha512]]),
    // Bun's own; its packages do not all say so
    licenses: licensed(isRuntime ? "MIT" : licenseOf(key)),
  });
}

/** As its own package.json says; nothing where it is not installed or says nothing. */
function licenseOf(key: string): string | undefined {
  const folder = packagesIn(key).join("/node_modules/");
  const path = join(root, "node_modules", folder, "package.json");
  return z.looseObject({ license: z.string().optional() }).parse(JSON.parse(readFileSync(path, "utf8")))
    .license;
}

function licensed(license: string | undefined): models.LicenseRepository {
  const one = license === undefined ? [] : [licenseNamed(license)];
  return new models.LicenseRepository(one);
}

/** Several are an expression, as "(MIT OR Apache-2.0)". */
function licenseNamed(license: string): models.License {
  return license.includes(" ") ? new models.LicenseExpression(license) : new models.SpdxLicense(license);
}

function addNeed(component: models.Component, need: models.Component | undefined): void {
  if (need !== undefined) component.dependencies.add(need.bomRef);
}

/** A UUID of the contents, marked as of version 8, which is for such numbers (RFC 9562). */
function numberOf(text: string): string {
  const bytes = new Bun.CryptoHasher("sha256").update(text).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return `urn:uuid:${bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")}`;
}
