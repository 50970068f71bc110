import { VersionNotSupportedError } from "@a2a-js/sdk/errors";
import { a2aVersions, type A2aVersion } from "../../core/a2a-version.ts";
import { shortened } from "../../core/text.ts";

/**
 * The version that a request names, by header or in its query; without one it is 0.3 (1.0.1, section 3.6.2). Of a longer
 * number the patch counts for nothing. Null: it is none that is spoken here.
 */
export function versionOf(request: Request): A2aVersion | null {
  const [, majorMinor] = /^(\d{1,4}\.\d{1,4})(?:\.\d{1,9})*$/.exec(named(request)) ?? [];
  return a2aVersions.find((version) => version === majorMinor) ?? null;
}

/** As versionOf; throws VersionNotSupportedError for another. */
export function spokenVersion(request: Request): A2aVersion {
  const version = versionOf(request);
  if (version !== null) return version;
  throw new VersionNotSupportedError({
    message: `A2A ${shortened(named(request), 32)} is not spoken here, but ${a2aVersions.join(" and ")} are.`,
    metadata: { supportedVersions: a2aVersions.join(", ") },
  });
}

/** Of a method of 1.0 that came without a version, which means 0.3. */
export function versionWanted(what: string): VersionNotSupportedError {
  return new VersionNotSupportedError({
    message: `${what} is of A2A 1.0, and a request without a version is one of 0.3. Send the header A2A-Version: 1.0.`,
    metadata: { supportedVersions: a2aVersions.join(", ") },
  });
}

function named(request: Request): string {
  const said = request.headers.get(parameter) ?? inQuery(request);
  return said?.trim() || "0.3";
}

function inQuery({ url }: Request): string | undefined {
  return [...new URL(url).searchParams].find(([name]) => isVersion(name))?.[1];
}

/** A service parameter has the same name in any case (1.0.1, section 3.2.6). */
export function isVersion(name: string): boolean {
  return name.toLowerCase() === parameter;
}

const parameter = "a2a-version";
