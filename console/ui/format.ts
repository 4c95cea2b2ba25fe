/** Numbers and times as text, the same for every reader: times are in UTC. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A number with so many significant digits, large ones with separators. */
export function number(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (value !== 0 && Math.abs(value) < 1e-4) return value.toExponential(1);
  return value.toLocaleString('en', { maximumSignificantDigits: Math.abs(value) >= 1_000 ? 15 : digits });
}

/** A share as percents. */
export const percent = (share: number | null | undefined, digits = 1): string =>
  share === null || share === undefined ? '–' : `${(100 * share).toFixed(digits)} %`;

/** How far a feature has moved; of the domain classifier, which sees all features together, how well it tells the two apart. */
export const movedBy = ({ psi, auroc }: { psi: number; auroc: number | null }): string =>
  auroc === null ? `PSI ${number(psi, 2)}` : `all features together, AUROC ${number(auroc, 2)}`;

/** Features that have moved most first; what sees all of them together comes after them. */
export const byMove = <F extends { psi: number; auroc: number | null }>(features: readonly F[]): F[] =>
  features.toSorted((a, b) => Number(a.auroc !== null) - Number(b.auroc !== null) || b.psi - a.psi);

/** Milliseconds. */
export const milliseconds = (value: number | null | undefined): string =>
  value === null || value === undefined ? '–' : `${number(value, 3)} ms`;

/** A duration in seconds. */
export const seconds = (value: number | null | undefined): string =>
  value === null || value === undefined ? '–' : `${number(value, 3)} s`;

/** An instant to the second, in UTC; a midnight is a day. */
export function instant(text: string | null | undefined): string {
  if (!text) return '–';
  const iso = new Date(text).toISOString();
  return iso.endsWith('T00:00:00.000Z') ? iso.slice(0, 10) : `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
}

/** How long ago, roughly. */
export function ago(text: string, now = Date.now()): string {
  const past = Math.max(0, now - Date.parse(text));
  if (past < MINUTE_MS) return 'just now';
  if (past < HOUR_MS) return `${Math.floor(past / MINUTE_MS)} min ago`;
  if (past < DAY_MS) return `${Math.floor(past / HOUR_MS)} h ago`;
  return `${Math.floor(past / DAY_MS)} days ago`;
}
