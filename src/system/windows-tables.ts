/** The tables that Windows fills, byte by byte. They come from the system itself, and are bounded all the same. */

export interface TcpListener {
  /** as IPv4 or IPv6 is written */
  address: string;
  port: number;
  pid: number;
}

/** What is in a MIB_TCPTABLE_OWNER_PID, or in a MIB_TCP6TABLE_OWNER_PID: a count, then rows. Ports are in the net's byte order. */
export function tcpListeners(table: Buffer, version: 4 | 6): TcpListener[] {
  if (table.length < 4) return [];
  const { bytes, address, port, pid, length } = version === 4 ? rowOf4 : rowOf6;
  const count = Math.min(table.readUInt32LE(0), Math.floor((table.length - 4) / bytes));
  return Array.from({ length: count }, (_, index) => {
    const row = table.subarray(4 + index * bytes, 4 + (index + 1) * bytes);
    const place = row.subarray(address, address + length);
    return {
      address: version === 4 ? place.join(".") : ipv6Of(place),
      port: row.readUInt16BE(port),
      pid: row.readUInt32LE(pid),
    };
  });
}

/** state, local address and port, remote address and port, pid */
const rowOf4 = { bytes: 24, address: 4, length: 4, port: 8, pid: 20 };
/** local address, scope and port, remote address, scope and port, state, pid */
const rowOf6 = { bytes: 56, address: 0, length: 16, port: 20, pid: 52 };

function ipv6Of(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
}

/** The parent of each process, by PROCESSENTRY32W: `next` fills one, and says whether there was one. */
export function parentsIn(next: (entry: Buffer, isFirst: boolean) => boolean): Map<number, number> {
  const entry = Buffer.alloc(entryBytes);
  const parents = new Map<number, number>();
  for (let isFirst = true; parents.size < maxProcesses; isFirst = false) {
    entry.writeUInt32LE(entryBytes, 0);
    if (!next(entry, isFirst)) break;
    parents.set(entry.readUInt32LE(8), entry.readUInt32LE(32));
  }
  return parents;
}

/** of PROCESSENTRY32W where pointers have eight bytes */
const entryBytes = 568;
const maxProcesses = 65_536;

/**
 * The words of a command line as programs made by Microsoft's compilers read it: blanks part them, quotes hold them
 * together, and only before a quote a backslash stands for more than itself. Source:
 * learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments.
 */
export function wordsOf(commandLine: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let isQuoted = false;
  for (const [token] of commandLine.matchAll(/\\*"|\s|[^\s"\\]+|\\+/g)) {
    if (/^\s$/.test(token) && !isQuoted) {
      if (word !== null) words.push(word);
      word = null;
      continue;
    }
    if (!token.endsWith('"')) {
      word = (word ?? "") + token;
      continue;
    }
    const slashes = token.length - 1;
    word = (word ?? "") + "\\".repeat(slashes >> 1);
    if (slashes % 2 === 1) word += '"';
    else isQuoted = !isQuoted;
  }
  return word === null ? words : [...words, word];
}
