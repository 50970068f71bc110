/** What a part may be declared as, and what results may be: the card lists them, and a part of another is refused. */
export const mediaTypes: readonly string[] = [
  "text/plain",
  "text/markdown",
  "text/html",
  "text/csv",
  "text/x-diff",
  "application/json",
  "application/yaml",
  "application/xml",
  "application/pdf",
  "application/zip",
  "application/octet-stream",
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/svg+xml",
];

/** Whether a media type is one of them, whatever its case and its parameters. */
export function isListed(mediaType: string): boolean {
  return mediaTypes.includes(bareType(mediaType));
}

/** A media type without its parameters, in lower case. */
export function bareType(mediaType: string): string {
  return mediaType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
}
