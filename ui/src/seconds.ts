// Lengths of time, as a person says them.

/** `4 s`, `12 min`. */
export function long(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return `${Math.round(seconds / 60)} min`;
}

/** As `long`, to a tenth where it is short: `0.7 s`. */
export function exact(seconds: number): string {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : long(seconds);
}

/** `1 thing`, `3 things`, `2 entries`. */
export function count(number: number, noun: string): string {
  return `${number} ${number === 1 ? noun : `${noun}s`.replace(/([^aeo])ys$/, "$1ies")}`;
}
