/**
 * What the board adds to A2A: docs/a2a-extension.md. Under this URI stand its values in metadata. Another meaning of them
 * would be another URI.
 */
export const boardExtension = "urn:cord:a2a:board:1";

/** What a client names in A2A-Extensions, and is understood here: the same is said back to it. */
export function activatedIn(named: string | null): string | null {
  const uris = (named ?? "").split(",", maxNamed).map((uri) => uri.trim());
  return uris.includes(boardExtension) ? boardExtension : null;
}

const maxNamed = 64;
