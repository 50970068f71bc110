import { VersionNotSupportedError } from "@a2a-js/sdk/errors";
import { shortened } from "../../core/text.ts";

/** A version of A2A that is spoken here. */
export type Version = "1.0" | "0.3";

/**
 * The version that a request names, by header or in its query; without one it is 0.3 (1.0.1, section 3.6.2). Of a longer
 * number the patch counts for nothing. Null: it is none that is spoken here.
 */
export function versionOf(request: Request): Version | null {
  const [, majorMinor] = /^(\d{1,4}\.\d{1,4})(?:\.\d{1,9})*$/.exec(named(request)) ?? [];
  return majorMinor === "1.0" || majorMinor === "0.3" ? majorMinor : null;
}

/** As versionOf; throws VersionNotSupportedError for another. */
export function spokenVersion(request: Request): Version {
  const version = versionOf(request);
  if (version !== null) return version;
  throw new VersionNotSupportedError({
    message: `A2A ${shortened(named(request), 32)} is not spoken here, but 1.0 and 0.3 are.`,
    metadata: { supportedVersions: "1.0, 0.3" },
  });
}

/** Of a method of 1.0 that came without a version, which means 0.3. */
export function versionWanted(what: string): VersionNotSupportedError {
  return new VersionNotSupportedError({
    message: `${what} is of A2A 1.0, and a request without a version is one of 0.3. Send the header A2A-Version: 1.0.`,
    metadata: { supportedVersions: "1.0, 0.3" },
  });
}

function named(request: Request): string {
  const said = request.headers.get("a2a-version") ?? new URL(request.url).searchParams.get("A2A-Version");
  return said?.trim() || "0.3";
}
