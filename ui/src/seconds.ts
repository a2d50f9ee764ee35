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

/** How far work is: `3 of 9, about 2 min left`. `made` of `all` things are made; `all` is 0 where there is nothing to count.
    What is left is said as long as that is more than a guess; that it is almost done of what is all made, that it is nearly there
    of what is at least half made, and that it takes longer of what is well over; between them only the count is sure. */
export function far(spent: number, expected: number, made: number, all: number): string {
  const left = expected - spent;
  const said = all ? `${made} of ${all}` : "At work";
  if (all && made >= all) return `${said}, almost done`;
  if (left > Math.max(2, expected / 10)) return `${said}, about ${long(left)} left`;
  if (spent > expected * 2 + 5) return `${said}, longer than usual`;
  return made * 2 >= all ? `${said}, nearly there` : said;
}

/** `1 thing`, `3 things`, `2 entries`. */
export function count(number: number, noun: string): string {
  return `${number} ${number === 1 ? noun : `${noun}s`.replace(/([^aeo])ys$/, "$1ies")}`;
}

/** `about 20 min`, from two hours on `about 5 hours`. */
export const span = (minutes: number) => (minutes < 120 ? `about ${minutes} min` : `about ${Math.round(minutes / 60)} hours`);
