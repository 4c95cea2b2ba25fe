const ISO_DATE = /^(\d{4}-\d{2}-\d{2})(?:T[\d:.]+(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/** The day of an ISO 8601 date or instant as YYYY-MM-DD; undefined if it is neither or not in the calendar. */
export function parseDay(text: string): string | undefined {
  const day = ISO_DATE.exec(text)?.[1];
  const instant = Date.parse(`${day}T00:00:00Z`);
  return Number.isFinite(instant) && new Date(instant).toISOString().startsWith(`${day}T`) ? day : undefined;
}
