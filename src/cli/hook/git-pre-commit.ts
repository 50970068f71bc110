import { callOnce } from "../../client/client.ts";
import type { Connection } from "../../client/connection/connection.ts";
import { ConnectionLost } from "../../client/connection/http-connection.ts";
import { tabHere } from "../../client/tab-here.ts";
import { tabSettings } from "../../client/project/tab-settings.ts";
import { CordError, messageOf } from "../../core/error.ts";
import { tabBounds } from "../../core/limits.ts";
import { heldBy, type HeldFile } from "../../core/reservation.ts";
import { shellWord } from "../../core/shell-word.ts";
import { plain } from "../../core/text.ts";
import { listed } from "../../core/wording.ts";
import { environment } from "../../system/environment.ts";
import { gitOutput } from "../../system/git.ts";
import { tell } from "../output.ts";
import { connectionHere } from "../../client/daemon-here.ts";

/** A person waits for the commit. */
const withinMs = 2000;
/** So many files at most are looked at: a commit of more is no agent's. */
const maxFiles = 20 * tabBounds.files;

/**
 * Git's pre-commit hook: 1 refuses a commit of files that another has reserved, and says who and what to do. On any trouble the
 * commit goes on; a daemon that is not there is started by nobody here, since nobody holds anything then.
 */
export async function guardCommit(): Promise<number> {
  if (environment.CORD_GUARD === "off") return 0;
  try {
    const { held, left } = await heldByOthers();
    for (const line of held.length > 0 ? refusal(held) : left > 0 ? [unchecked(left)] : []) tell(line);
    return held.length > 0 ? 1 : 0;
  } catch (error) {
    const isAway = error instanceof ConnectionLost && error.why === "nobody";
    if (!isAway)
      tell(`cord: it is not known who holds these files (${plain(messageOf(error))}). The commit goes on.`);
    return 0;
  }
}

interface Looked {
  held: HeldFile[];
  /** of how many files it is not known */
  left: number;
}

const nothing: Looked = { held: [], left: 0 };

/** Of what is staged. A reservation that is shared keeps nobody from a commit. */
async function heldByOthers(): Promise<Looked> {
  const top = (await gitOutput(".", ["rev-parse", "--show-toplevel"], withinMs))?.replace(/\n$/, "");
  const connection = top === undefined ? null : connectionHere();
  if (top === undefined || connection === null) return nothing;
  const mode = tabSettings(top).reservations;
  if (mode === "off") return nothing;
  const staged = await stagedIn(top);
  if (staged.length === 0) return nothing;
  const agent = await agentHere(connection);
  const held: HeldFile[] = [];
  let left = Math.max(0, staged.length - maxFiles);
  for (let from = 0; from < Math.min(staged.length, maxFiles); from += tabBounds.files) {
    const paths = staged.slice(from, from + tabBounds.files);
    const asked = { folder: top, paths, mode, ...(agent === null ? {} : { agent }) };
    const checked = await callOnce(connection, "files/check", asked, withinMs);
    held.push(...checked.held);
    if (checked.unchecked) left += paths.length;
  }
  return { held: held.filter(({ shared }) => !shared), left };
}

/** Also what is deleted; of what is moved, both names. From the top of the work tree. */
async function stagedIn(top: string): Promise<string[]> {
  const args = ["diff", "--cached", "--name-only", "--no-renames", "--no-ext-diff", "-z"];
  const staged = await gitOutput(top, args, withinMs);
  if (staged === null) throw new CordError("failed", "git did not say what is to be committed");
  return staged.split("\0").filter((path) => path !== "");
}

/** An agent of a run is known by its token. Null: a person. */
async function agentHere(connection: Connection): Promise<string | null> {
  if (environment.CORD_TOKEN) return null;
  const named = environment.CORD_AGENT;
  if (named) return named;
  const whose = await callOnce(connection, "tabs/whose", tabHere(), withinMs);
  return whose?.handle ?? null;
}

function unchecked(count: number): string {
  return `cord: of ${count} of these files it is not known who holds them: they are too many to be compared. The commit goes on.`;
}

function refusal(held: readonly HeldFile[]): string[] {
  const paths = [...new Set(held.map(({ path }) => shellWord(plain(path))))];
  const more = held.length > maxShown ? [`  and ${held.length - maxShown} more`] : [];
  return [
    "cord: this commit is refused. Others have reserved what it changes:",
    ...held.slice(0, maxShown).map((one) => `  ${heldBy(one)}`),
    ...more,
    `Leave these files out (git restore --staged -- ${listed(paths, 3)}), ask their holders`,
    "(cord send TEXT --kind message --to AGENT), or wait until they are free (cord reservations).",
    "To commit them all the same: CORD_GUARD=off git commit …",
  ];
}

const maxShown = 10;
