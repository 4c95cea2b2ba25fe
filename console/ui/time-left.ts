const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Seconds until all is done, if the rest takes as long as what is done; null while nothing says how long. */
export function secondsLeft(done: number, all: number, seconds: number): number | null {
  if (done <= 0 || seconds <= 0 || !Number.isFinite(all)) return null;
  return (Math.max(0, all - done) * seconds) / done;
}

/** A stretch of time in words, coarse: nothing says it to the second. */
export function about(seconds: number): string {
  if (seconds < 5) return 'a few seconds';
  if (seconds < 2 * MINUTE) return `about ${Math.round(seconds / 5) * 5} s`;
  if (seconds < 2 * HOUR) return `about ${Math.round(seconds / MINUTE)} min`;
  return `about ${(seconds / HOUR).toFixed(1)} h`;
}
