/** The versions of A2A that are spoken here, the newest first. */
export const a2aVersions = ["1.0", "0.3"] as const;
export type A2aVersion = (typeof a2aVersions)[number];
