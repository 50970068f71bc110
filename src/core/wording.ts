/** `1 agent`, `2 agents`; what is not formed by an s is given: `1 event waits`, `2 events wait`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** The names, no more than `max` of them, and how many there are beside these. */
export function listed(names: readonly string[], max: number): string {
  const more = names.length > max ? ` and ${names.length - max} more` : "";
  return names.slice(0, max).join(", ") + more;
}

/** As a sentence begins. */
export function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** As it goes on behind a colon. */
export function uncapitalized(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}

/** A sentence without its full stop, to be continued in another. */
export function withoutFullStop(sentence: string): string {
  return sentence.replace(/\.$/, "");
}

/** `45 s`, `4 min`, `2 h`, rounded up, so that nobody comes back too early. */
export function spanOf(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}
