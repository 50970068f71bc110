import type { Target } from "../../../src/core/targets.ts";

/** What a system reads of a program before it starts it. */
export interface Form {
  readonly format: "ELF" | "Mach-O" | "PE32+";
  readonly arch: Target["arch"];
  /** an executable, with a place where it begins */
  readonly hasEntry: boolean;
  /** what starts it, on Linux: the C library's loader */
  readonly loader: string | null;
  /** how it is signed; "none" where it need not be */
  readonly signature: string;
}

/** What of a program's form is not as its target needs it; nothing, if all is. */
export function misfits(target: Target, form: Form): string[] {
  const { format, loader, isSigned } = needs(target);
  return [
    ...wrong("the format", form.format, format),
    ...wrong("the processor", form.arch, target.arch),
    ...wrong("the loader", form.loader, loader),
    ...(form.hasEntry ? [] : ["there is no entry"]),
    ...(isSigned && !/^ad-hoc|^by /.test(form.signature) ? [`the signature is ${form.signature}`] : []),
  ];
}

function wrong(what: string, is: string | null, due: string | null): string[] {
  return is === due ? [] : [`${what} is ${is ?? "none"}, and has to be ${due ?? "none"}`];
}

function needs({ os, arch, libc }: Target): {
  format: Form["format"];
  loader: string | null;
  isSigned: boolean;
} {
  switch (os) {
    case "darwin":
      // since macOS 11 the kernel ends what is unsigned on Apple's own processors; and on all, what has a wrong signature
      return { format: "Mach-O", loader: "/usr/lib/dyld", isSigned: true };
    case "win32":
      return { format: "PE32+", loader: null, isSigned: false };
    case "linux": {
      const name = arch === "x64" ? "x86_64" : "aarch64";
      const glibc = arch === "x64" ? "/lib64/ld-linux-x86-64.so.2" : "/lib/ld-linux-aarch64.so.1";
      return {
        format: "ELF",
        loader: libc === "musl" ? `/lib/ld-musl-${name}.so.1` : glibc,
        isSigned: false,
      };
    }
  }
}
