import { secondsIn } from "./duration.ts";
import { CordError } from "./error.ts";
import { isJsonObject } from "./json.ts";
import { meantBy } from "./spelling.ts";
import { quoted } from "./text.ts";

/** How much of what has been is kept: `[history]` of the user's config.toml. */
export interface HistorySettings {
  keep: Kept;
  outputs: Kept;
}

/** A limit as a number, and as it is written. */
export interface Kept {
  value: number;
  text: string;
}

/** keep: in milliseconds, without end for what is kept forever; outputs: in bytes. */
export const historyDefaults: HistorySettings = {
  keep: { value: 90 * 86_400_000, text: "90d" },
  outputs: { value: 2 * 1024 ** 3, text: "2GiB" },
};

const day = 86_400_000;
const minOutput = 1_000_000;

const keys: Readonly<Record<keyof HistorySettings, (value: unknown) => number | string>> = {
  keep: (value) => {
    if (value === "forever") return Number.POSITIVE_INFINITY;
    const ms = (typeof value === "string" ? (secondsIn(value) ?? 0) : 0) * 1000;
    return ms >= day ? ms : 'it must be a time of a day or more, such as "90d", or "forever"';
  },
  outputs: (value) => {
    const bytes = typeof value === "string" ? (bytesIn(value) ?? 0) : 0;
    return bytes >= minOutput ? bytes : 'it must be a size of 1 MB or more, such as "2GB"';
  },
};

/** Reads `[history]` as TOML gives it; undefined: it is not there. Throws `invalid`, naming the file. */
export function readHistory(table: unknown, file: string): HistorySettings {
  const settings = { ...historyDefaults };
  if (table === undefined) return settings;
  if (!isJsonObject(table)) throw new CordError("invalid", `${file}: history is a table: write [history].`);
  for (const [key, value] of Object.entries(table)) {
    const read = readHistoryKey(key, value);
    if ("fault" in read) throw new CordError("invalid", `${file}: ${read.fault}`);
    settings[read.key] = read.kept;
  }
  return settings;
}

type ReadKey = { key: keyof HistorySettings; kept: Kept } | { fault: string };

/** Reads one key of `[history]`; a fault is a sentence. */
export function readHistoryKey(key: string, value: unknown): ReadKey {
  if (key !== "keep" && key !== "outputs") {
    const meant = meantBy(key, Object.keys(keys));
    const hint = meant === undefined ? "There are keep and outputs" : `Write ${meant}`;
    return { fault: `there is no key ${quoted(key, 40)} in [history]. ${hint}.` };
  }
  const read = keys[key](value);
  if (typeof read === "string") return { fault: `${key} in [history] cannot be so: ${read}.` };
  return { key, kept: { value: read, text: String(value) } };
}

const units: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 1024,
  MIB: 1024 ** 2,
  GIB: 1024 ** 3,
  TIB: 1024 ** 4,
};

/** Bytes of a size as people write it, `500MB`, `2 GiB`; null for anything else. */
export function bytesIn(text: string): number | null {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)\s*([kmgt]?i?b)$/i.exec(text.trim());
  const unit = units[match?.[2]?.toUpperCase() ?? ""];
  return match === null || unit === undefined ? null : Math.floor(Number(match[1]) * unit);
}
