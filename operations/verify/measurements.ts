import type { Position } from '../../kernel/ports/log.ts';
import type { NamedQuery } from '../../kernel/ports/warehouse.ts';
import type { EventReader, LoggedEvent } from '../../schemas/catalogue.ts';
import { measure } from '../../schemas/measurements/measure.ts';

const TOLERANCE = 1e-9;
const MAX_FINDINGS = 20;

/** What came of asking all measurements again. */
export interface MeasurementReport {
  /** asked again */
  measured: number;
  /** of a query that has changed since, which cannot be asked again */
  changed: number;
  /** of rows that the tables may no longer have, which cannot be asked again either */
  expired: number;
  faults: number;
  findings: string[];
}

/**
 * Asks every measurement in the log again, over the same events, and compares the numbers to 1e-9. `keptSince`: from when on the
 * tables have all rows (milliseconds); undefined where nothing expires.
 */
export async function checkMeasurements(
  { events, query }: { events: EventReader; query: NamedQuery },
  upTo: readonly Position[],
  keptSince = -Infinity,
): Promise<MeasurementReport> {
  const report: MeasurementReport = { measured: 0, changed: 0, expired: 0, faults: 0, findings: [] };
  const ends = upTo.filter(({ topic }) => topic.endsWith('.measurements'));
  for await (const event of events.scan(['MeasurementCompleted'], ends)) {
    if (!isCurrent(event, query)) {
      report.changed += 1;
      continue;
    }
    if (keptSince > -Infinity && (await sinceOf(event, query)) < keptSince) {
      report.expired += 1;
      continue;
    }
    const difference = await differenceOf(event, query);
    report.measured += 1;
    if (difference === null) continue;
    report.faults += 1;
    if (report.findings.length < MAX_FINDINGS)
      report.findings.push(`measurement ${event.data.measurementId} (${event.data.query}): ${difference}`);
  }
  return report;
}

function isCurrent({ data }: LoggedEvent<'MeasurementCompleted'>, query: NamedQuery): boolean {
  return query.has(data.query) && query.digestOf(data.query) === data.queryDigest;
}

/** From when on a measurement counts rows, in milliseconds: what `NAME.since` beside its query says; else from the first one. */
async function sinceOf({ data }: LoggedEvent<'MeasurementCompleted'>, query: NamedQuery): Promise<number> {
  const companion = `${data.query}.since`;
  if (!query.has(companion)) return 0;
  const [row] = await query<{ since: number }>(companion, data.parameters);
  return row?.since ?? 0;
}

/** Null when the numbers are the same. */
async function differenceOf(
  { data }: LoggedEvent<'MeasurementCompleted'>,
  query: NamedQuery,
): Promise<string | null> {
  const again: unknown = JSON.parse(JSON.stringify(await measure(query, data)));
  return difference(JSON.parse(data.rows), again, 'rows');
}

/** Where two JSON values differ by more than 1e-9 of the larger number; null when they do not. */
export function difference(one: unknown, other: unknown, path: string): string | null {
  if (typeof one === 'number' && typeof other === 'number') {
    const isNear = Math.abs(one - other) <= TOLERANCE * Math.max(1, Math.abs(one), Math.abs(other));
    return isNear ? null : `${path} was ${one} and is ${other}`;
  }
  if (isObject(one) && isObject(other)) {
    for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
      const found = difference(one[key], other[key], `${path}.${key}`);
      if (found !== null) return found;
    }
    return null;
  }
  return one === other ? null : `${path} was ${JSON.stringify(one)} and is ${JSON.stringify(other)}`;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
