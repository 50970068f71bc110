import manifest from "../../package.json" with { type: "json" };

export const version: string = manifest.version;

/** What programs and daemons say to each other about runs; raised with each change by which a program would misread an older daemon. */
export const wire = 1;
