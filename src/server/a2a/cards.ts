import { boardCard, pureCard, sharedCard, subjectOf } from "./card.ts";
import { versionOf } from "./version.ts";

interface CardOptions {
  isOpen: boolean;
  pushes: boolean;
  /** since when the cards are as they are, in milliseconds */
  since: number;
}

/** Answers requests for the cards, which need no token. */
export function cardRoutes({ isOpen, pushes, since }: CardOptions) {
  const lastModified = new Date(since).toUTCString();
  return {
    board: (request: Request) => Response.json(boardCard(subjectOf(request, isOpen, pushes))),
    /** By its version: the pure one of 1.0, else the one that both generations read. */
    a2a(request: Request): Response {
      const subject = subjectOf(request, isOpen, pushes);
      const text = JSON.stringify(versionOf(request) === "1.0" ? pureCard(subject) : sharedCard(subject));
      const etag = `"${new Bun.CryptoHasher("sha256").update(text).digest("base64url").slice(0, 22)}"`;
      const headers = {
        etag,
        "cache-control": `public, max-age=${maxAgeSeconds}`,
        "last-modified": lastModified,
        vary: "A2A-Version",
      };
      if (isKnown(request.headers, etag, since)) return new Response(null, { status: 304, headers });
      return new Response(text, { headers: { ...headers, "content-type": "application/json" } });
    },
  };
}

/** Another daemon, with other rights, may be at the same address soon. */
const maxAgeSeconds = 300;

/** Whether the client has it already (RFC 9110, section 13.2.2). */
function isKnown(headers: Headers, etag: string, since: number): boolean {
  const tags = headers.get("if-none-match");
  if (tags !== null)
    return tags.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag);
  const seen = Date.parse(headers.get("if-modified-since") ?? "");
  return Math.floor(since / 1000) * 1000 <= seen;
}
