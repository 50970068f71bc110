import manifest from "../../package.json" with { type: "json" };

export const version: string = manifest.version;

/**
 * The version of what programs and daemons say to each other about runs. Raise it with each change that would make a
 * program misread an older daemon.
 */
export const wire = 3;
