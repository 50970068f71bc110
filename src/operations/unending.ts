/** The signal of calls that end by themselves. A request's own costs more than many of them. */
export const unending = new AbortController().signal;
