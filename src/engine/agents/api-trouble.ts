import { beginningOf, oneLine, shortened } from "../../core/text.ts";

/**
 * Why an agent's model did not answer, as the agent reports it.
 *
 * - `passes`: the API is busy, broken or unreachable; the same request can succeed later - `window`: the account has
 * used its allowance of some hours; it comes back by itself, but not soon - `account`: a person has to fix a key, a
 * payment or an organisation; until then every request fails - `model`, `tooLarge`, `refused`: this request always
 * fails - `other`: none of these
 */
export interface ApiTrouble {
  kind: "passes" | "window" | "account" | "model" | "tooLarge" | "refused" | "other";
  status: number | null;
  /** the API's own sentence, on one bounded line; others wrote it, so it is not safe for a terminal. Empty if not known */
  words: string;
}

/** What an agent says of an API error. Null where it does not tell. */
interface ApiError {
  status: number | null;
  /** its own word for the kind, as Claude Code's "billing_error" */
  category: string | null;
  text: string;
}

/** The kind of an API error, by the first row that fits. Texts and categories are those of Claude Code 2.1.197 and 2.1.332. */
export function apiTroubleOf(error: ApiError): ApiTrouble {
  const { status, category } = error;
  const text = beginningOf(error.text, maxReadLength);
  const row = rows.find(
    ({ statuses, categories, says }) =>
      (status !== null && statuses?.(status)) ||
      (category !== null && categories?.includes(category)) ||
      says?.test(text),
  );
  return { kind: row?.kind ?? (status === null ? "passes" : "other"), status, words: wordsOf(text) };
}

/**
 * What follows an API error without a status, as of a connection: an error code of the system or of the agent's
 * runtime.
 */
export function connectionCode(words: string): string | null {
  return connectionFailure.test(words) ? (/\((\w+)\)/.exec(words)?.[1] ?? "") : null;
}

interface TroubleRow {
  kind: ApiTrouble["kind"];
  statuses?: (status: number) => boolean;
  categories?: readonly string[];
  says?: RegExp;
}

const rows: readonly TroubleRow[] = [
  {
    kind: "refused",
    says: /violate our Usage Policy|safeguards flagged|anthropic\.com\/legal\/aup|blocked by content filtering/i,
  },
  {
    kind: "account",
    statuses: (status) => status === 401 || status === 402 || status === 403,
    categories: ["billing_error", "authentication_failed", "oauth_org_not_allowed"],
    says: /credit balance is too low|specified API usage limits|disabled organi[sz]ation|organi[sz]ation has been disabled|Please run \/login|not logged in|load credentials/i,
  },
  {
    kind: "tooLarge",
    statuses: (status) => status === 413,
    says: /^Prompt is too long|prompt is too long:|^Request too large|reached its context window limit/i,
  },
  { kind: "model", statuses: (status) => status === 404, categories: ["model_not_found"] },
  { kind: "window", says: /^You've hit your .*limit|usage limit reached/i },
  // the API has answered, and the program could not use what the model said
  { kind: "other", categories: ["max_output_tokens"], says: /tool call could not be parsed/i },
  {
    kind: "passes",
    statuses: (status) => status === 408 || status === 429 || status >= 500,
    categories: ["server_error", "rate_limit", "overloaded"],
  },
];

const maxReadLength = 2_000;
const maxShownLength = 240;

const connectionFailure =
  /unable to connect|can't reach|connection (?:refused|to the API|error|reset)|ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH/i;

/** Removes what an agent puts around the API's sentence: its own heading, and its advice to a person. */
function wordsOf(text: string): string {
  const bare = oneLine(text)
    .replace(/^(?:Failed to authenticate\. )?(?:API Error: )?/, "")
    .replace(/^Request rejected \(\d{3}\) · |^\d{3} /, "")
    .replace(/ ?This is a server-side issue.*$| Run --model to pick.*$| ?Try rephrasing the request.*$/, "")
    .trim();
  return shortened(bare, maxShownLength);
}
