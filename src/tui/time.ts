/** A span as a person reads it, in two units at most: `41s`, `2m14s`, `1h02m`, `3d04h`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${twoDigits(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h${twoDigits(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d${twoDigits(hours % 24)}h`;
}

/** US dollars to the cent; what was spent but rounds to nothing is `<$0.01`. */
export function usd(amount: number): string {
  if (amount > 0 && amount < 0.005) return "<$0.01";
  return `$${Math.max(0, amount).toFixed(2)}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
