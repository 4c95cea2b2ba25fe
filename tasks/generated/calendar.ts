/** A month of the calendar: `2025-01`. */
export type Month = `${number}-${string}`;

/** The months from the first to the last, both included. */
export function monthsBetween(first: Month, last: Month): Month[] {
  const months: Month[] = [];
  for (let month = indexOf(first); month <= indexOf(last); month++) {
    months.push(`${Math.floor(month / 12)}-${twoDigits((month % 12) + 1)}`);
  }
  return months;
}

/** Day `day` of a month as YYYY-MM-DD. */
export function dateIn(month: Month, day: number): string {
  return `${month}-${twoDigits(day)}`;
}

export function daysIn(month: Month): number {
  const [year, number] = month.split('-').map(Number);
  return new Date(Date.UTC(year!, number!, 0)).getUTCDate();
}

function indexOf(month: Month): number {
  const [year, number] = month.split('-').map(Number);
  return 12 * year! + number! - 1;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
