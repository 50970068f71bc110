import { dlopen } from "bun:ffi";

/**
 * Makes this process the parent of all orphans among its descendants, so that none escapes by clearing its
 * environment, forking twice or starting a session. It has to be called before the first descendant begins, which may
 * hide at once. What it gives is called then: it reaps those that have ended, from now on; `awaited` is the one child
 * that somebody else waits for. Linux only, and where the C library can be loaded; elsewhere both do nothing. Source:
 * prctl(2), PR_SET_CHILD_SUBREAPER.
 */
export function adoptOrphans(): (awaited: number) => void {
  const libc = process.platform === "linux" ? loaded() : null;
  if (libc === null || libc.prctl(prSetChildSubreaper, 1n, 0n, 0n, 0n) !== 0) return () => {};
  return (awaited) => {
    const info = Buffer.alloc(siginfoBytes);
    const reap = () => {
      for (;;) {
        info.fill(0);
        if (libc.waitid(pAll, 0, info, wExited | wNoHang | wNoWait) !== 0) return;
        const pid = info.readInt32LE(siPid);
        if (pid === 0 || pid === awaited) return;
        libc.waitpid(pid, null, wNoHang);
      }
    };
    process.on("SIGCHLD", reap);
    reap();
  };
}

function loaded() {
  for (const name of libcNames) {
    try {
      return dlopen(name, {
        prctl: { args: ["i32", "u64", "u64", "u64", "u64"], returns: "i32" },
        waitid: { args: ["i32", "u32", "ptr", "i32"], returns: "i32" },
        waitpid: { args: ["i32", "ptr", "i32"], returns: "i32" },
      }).symbols;
    } catch {
      // it has another name here
    }
  }
  return null;
}

/** glibc's, and musl's by machine. */
const libcNames = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];

// Linux's own numbers, the same on all its 64-bit machines
const prSetChildSubreaper = 36;
const pAll = 0;
const wNoHang = 1;
const wExited = 4;
const wNoWait = 0x0100_0000;
const siginfoBytes = 128;
const siPid = 16;
