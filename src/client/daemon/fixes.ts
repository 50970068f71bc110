import { environment } from "../../system/environment.ts";
import { defaultUrl } from "../paths.ts";

/** The commands that hints name, for the daemon at a URL: they do the same wherever they are pasted. */

export function restartAt(url: string): string {
  return `cord daemon restart${flagOf(url)}`;
}

export function stopAt(url: string): string {
  return `cord daemon stop${flagOf(url)}`;
}

function flagOf(url: string): string {
  return url === defaultUrl && !environment.CORD_URL ? "" : ` --url ${url}`;
}
