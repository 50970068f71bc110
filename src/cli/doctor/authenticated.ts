import { lstatSync, readFileSync, statSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import { tokenFile } from "../../client/paths.ts";
import { isBereft } from "../../client/token.ts";
import { messageOf } from "../../core/error.ts";
import type { AgentKind } from "../../engine/agents/agent.ts";
import { isAnothers, isOpenToOthers } from "../../system/rights.ts";
import { findingsOf, type Finding, type Surroundings } from "./finding.ts";

const { ok, none, failed } = findingsOf("authenticated");

/** The token that a call would show, and what there is to say of its file. Nothing is made or fixed. */
export function tokenLook(env: Surroundings["env"]): { token: string | null; finding: Finding } {
  if (isBereft(env))
    return {
      token: null,
      finding: failed(
        "token",
        "this shell belongs to an agent of a run, and CORD_TOKEN does not hold its node's token",
        "Leave CORD_TOKEN as it was, or call cord from a shell outside of the run.",
      ),
    };
  const file = tokenFile();
  const kept = tokenIn(file);
  const finding = env.CORD_TOKEN
    ? ok("token file", "CORD_TOKEN takes its place in this shell")
    : fileFinding(file, kept);
  return { token: env.CORD_TOKEN ?? kept, finding };
}

function fileFinding(file: string, kept: string | null): Finding {
  const name = "token file";
  const stats = look(file);
  if (typeof stats === "string")
    return failed(
      name,
      `${file} cannot be looked at: ${stats}`,
      "Set HOME, or XDG_DATA_HOME, to a folder that you can write.",
    );
  if (stats === undefined) return none(name, `${file} is not there yet; the first command makes it`);
  const folder = dirname(file);
  if (isAnothers(stats))
    return failed(name, `${file} belongs to another user`, `Give it to yours: sudo chown $(id -u) ${file}`);
  if (!stats.isFile())
    return failed(
      name,
      `${file} is a link, or no file`,
      `Remove it: rm ${file}; the next command makes another.`,
    );
  if (isOpenToOthers(stats))
    return failed(name, `${file} has mode ${octal(stats.mode)}: others can read it`, `chmod 600 ${file}`);
  const folderStats = statSync(folder);
  if (isOpenToOthers(folderStats))
    return failed(
      name,
      `${folder} has mode ${octal(folderStats.mode)}: others can look into it`,
      `chmod 700 ${folder}`,
    );
  if (kept === null)
    return failed(name, `${file} holds no token`, `rm ${file}; the next command makes another.`);
  return ok(name, `${file} (mode ${octal(stats.mode)})`);
}

/** Of the file itself, not of what a link leads to; why that cannot be had. */
function look(file: string): Stats | string | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false });
  } catch (error) {
    return messageOf(error);
  }
}

function tokenIn(file: string): string | null {
  try {
    const token = readFileSync(file, "utf8").trim();
    return token.length >= 32 ? token : null;
  } catch {
    return null;
  }
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(3, "0");
}

/** Only whether there is a key or a login, by name: whether it is good would cost a call. */
export function loginOf(agent: AgentKind, surroundings: Surroundings): Finding {
  const { ways, looked, mayBeElsewhere } = agent.login(surroundings);
  const { name } = agent;
  if (ways.length > 0) return ok(name, `${ways.join(", ")}; not tried, as that would cost a call`);
  const fix = `${agent.logIn}.`;
  return mayBeElsewhere
    ? none(name, "no key is set; a login in the keychain is not looked for", fix)
    : failed(name, `no key is set, and there is no login in ${looked}`, fix);
}
