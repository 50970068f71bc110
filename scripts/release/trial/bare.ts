/** The programs of a bare machine, which started.sh needs: all of them are busybox. */
export const applets = ["sh", "cat", "env", "grep", "head", "kill", "mkdir", "mktemp", "rm", "sleep", "tail"];

/** A folder that is the whole of a bare machine: the C library of its kind, a shell, and cord. */
export interface Machine {
  /** what cord runs on in it, as "under qemu-aarch64" */
  readonly runsOn: string;
  /** the name of cord's binary in it, as its shell calls it */
  readonly cord: string;
  /** a line for binfmt_misc, by which the kernel gives foreign binaries to an emulator; null for none */
  readonly foreign: string | null;
}
