import { z } from "zod";
import { a2aVersions } from "./a2a-version.ts";
import { pushBounds } from "./limits.ts";

/** The versions of A2A in which deliveries are written. */
export const PushVersion = z.enum(a2aVersions);

/** What a receiver knows a delivery by: the header X-A2A-Notification-Token, and Authorization. */
export const PushSecrets = z.object({
  token: z.string().optional(),
  authentication: z.object({ scheme: z.string(), credentials: z.string().optional() }).optional(),
});
export type PushSecrets = z.infer<typeof PushSecrets>;

/** A configuration: what happens to a task is delivered to a URL. */
export const PushConfig = PushSecrets.extend({
  task_id: z.string(),
  config_id: z.string(),
  url: z.string(),
  version: PushVersion,
});
export type PushConfig = z.infer<typeof PushConfig>;

/** Why an id or secrets cannot be taken, and of which field; null if they can. It says nothing of what they are. */
export function pushProblem(
  id: string | undefined,
  { token, authentication }: PushSecrets,
): { field: string; problem: string } | null {
  const { idLength, secretLength } = pushBounds;
  if (id !== undefined && !isHeaderText(id, idLength))
    return { field: "id", problem: `must be 1 to ${idLength} characters of ASCII` };
  const inHeader = `must be what an HTTP header can hold: 1 to ${secretLength} characters of ASCII`;
  if (token !== undefined && !isHeaderText(token, secretLength)) return { field: "token", problem: inHeader };
  if (authentication === undefined) return null;
  const { scheme, credentials } = authentication;
  if (!schemeName.test(scheme))
    return { field: "authentication.scheme", problem: "must be the name of a scheme, such as Bearer" };
  return credentials === undefined || isHeaderText(credentials, secretLength)
    ? null
    : { field: "authentication.credentials", problem: inHeader };
}

function isHeaderText(text: string, maxLength: number): boolean {
  return text.length <= maxLength && /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text);
}

/** Source: RFC 9110 11.1. */
const schemeName = new RegExp(`^[\\w!#$%&'*+.^\`|~-]{1,${pushBounds.schemeLength}}$`);
