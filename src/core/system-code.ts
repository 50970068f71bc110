/** The system's code in an error that it threw, such as ENOENT; empty where there is none. */
export function systemCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
